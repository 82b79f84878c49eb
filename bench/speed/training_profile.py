"""Where do the seconds of a generator training go, and how much are the matrix products alone?

    make demo && python -m bench.speed.training_profile [--build .demo/workspace/build] [--steps 8]

Steps of the product's own training loop on the demo's examples. Measured are: the share of each kind of operation
(torch.profiler); the seconds of the matrix products alone, in their own shapes and number formats; and the seconds of
the same number of operations in one large product, which is a lower bound.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.speed.training import ROOT, generator_job

RESULT = Path(__file__).parents[1] / "results" / "training_profile.json"
LARGE = 4096
"""Rows and columns of the one large product."""
REPEATS = 5
"""Repeats of each shape; the fastest counts."""
KINDS = {
    "matrix products": ("mm", "addmm", "bmm", "baddbmm", "mkldnn_linear", "matmul", "linear"),
    "copies and casts": ("copy_", "_to_copy", "to", "clone", "contiguous", "cat", "fill_", "zero_", "index"),
    "softmax and loss": ("_softmax", "_softmax_backward_data", "_log_softmax", "_log_softmax_backward_data"),
    "optimizer": ("_fused_adamw_", "_foreach_norm", "_foreach_mul_", "linalg_vector_norm"),
}  # fmt: skip
"""Names of torch operations by kind; the rest is elementwise."""
PRODUCTS = ("mm", "addmm", "bmm", "baddbmm")

Shape = tuple[tuple[int, ...], tuple[int, ...], str]
"""Shapes of the left and right factor, and the number format."""


def main() -> None:
    """Measure, print the tables, write bench/results/training_profile.json."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--build", type=Path, default=ROOT / ".demo" / "workspace" / "build")
    options.add_argument("--steps", type=int, default=8)
    chosen = options.parse_args()
    batches, step = prepared(chosen.build, chosen.steps)
    step(batches[0])
    begun = time.perf_counter()
    for batch in batches:
        step(batch)
    seconds = time.perf_counter() - begun
    tokens = sum(len(row.ids) for batch in batches for row in batch)
    shapes = products_of(lambda: [step(batch) for batch in batches])
    alone = sum(count * quickest(shape) for shape, count in shapes.items())
    operations = sum(count * work(shape) for shape, count in shapes.items())
    rate = peak()
    parts = profiled(lambda: [step(batch) for batch in batches])
    result = {
        "steps": len(batches), "tokens": tokens, "seconds": round(seconds, 3),
        "tokens_per_second": round(tokens / seconds, 1),
        "share_of_time": {kind: round(share, 3) for kind, share in parts.items()},
        "products_alone_seconds": round(alone, 3), "products_alone_share": round(alone / seconds, 3),
        "operations": operations, "large_product_per_second": round(rate),
        "large_product_share": round(operations / rate / seconds, 3),
    }  # fmt: skip
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    show(result)


def prepared(build: Path, steps: int) -> tuple[list[Any], Callable[[Any], None]]:
    """Return training batches, and a function that does one training step."""
    import torch

    from pointsman.adapters.models import causal_lm
    from pointsman.adapters.models.lora import with_lora
    from pointsman.adapters.training.checkpoints import Checkpoint
    from pointsman.adapters.training.generator import plan_steps
    from pointsman.adapters.training.loop import Loop
    from pointsman.core.training.schedule import Journal
    from pointsman.settings.params import GeneratorLora

    job, _ = generator_job(build)
    lora = GeneratorLora(**job["lora"])
    chat = causal_lm.Chat(Path(job["base"]))
    rows = [chat.example(row["prompt"], row["completion"]) for row in job["rows"]]
    torch.manual_seed(job["seed"])
    model = with_lora(causal_lm.load_model(Path(job["base"])), rank=lora.rank, alpha=lora.alpha)
    planned = plan_steps(rows, lora, job["seed"])
    loop = Loop(model, planned, Checkpoint(None, "", every=0.0))
    model.train()
    given = {id(batch): place for place, s in enumerate(planned.steps) for batch in s.batches}

    def step(batch: Any) -> None:
        journal = Journal(losses=[0.0] * given[id(batch)], tokens=[0] * given[id(batch)])
        loop.advance(journal, lambda rows: causal_lm.completion_losses(model, rows)[0].sum())

    return [batch for s in planned.steps[:steps] for batch in s.batches], step


def products_of(work_: Callable[[], Any]) -> Counter[Shape]:
    """Return shape → number of matrix products."""
    from torch.utils._python_dispatch import TorchDispatchMode

    found: Counter[Shape] = Counter()

    class Watching(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            name = func.name().split("::")[1].split(".")[0]
            if name in PRODUCTS:
                left, right = args[-2:] if name in ("addmm", "baddbmm") else args[:2]
                found[tuple(left.shape), tuple(right.shape), str(left.dtype).removeprefix("torch.")] += 1
            return func(*args, **(kwargs or {}))

    with Watching():
        work_()
    return found


def quickest(shape: Shape) -> float:
    """Return the fastest seconds of one product."""
    import torch

    left, right = (torch.randn(size).to(getattr(torch, shape[2])) for size in shape[:2])
    return min(seconds_of(lambda: left @ right) for _ in range(REPEATS))


def work(shape: Shape) -> int:
    """Return the number of multiplications and additions of a product."""
    (*batch, rows, inner), (*_, columns), _ = shape
    total = 2 * rows * inner * columns
    for size in batch:
        total *= size
    return total


def peak() -> float:
    """Return operations per second of one large product, in the format of the frozen weights."""
    import torch

    from pointsman.adapters.models.devices import weights_dtype

    left, right = (torch.randn(LARGE, LARGE).to(weights_dtype()) for _ in range(2))
    return float(2 * LARGE**3 / min(seconds_of(lambda: left @ right) for _ in range(REPEATS)))


def seconds_of(run: Callable[[], Any]) -> float:
    """Return the seconds of one call."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def profiled(run: Callable[[], Any]) -> dict[str, float]:
    """Return kind of operation → its share of the time, 0..1."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU]) as guarded:
        run()
    kinds = {name: kind for kind, names in KINDS.items() for name in names}
    spent: defaultdict[str, float] = defaultdict(float)
    for event in guarded.key_averages():
        name = event.key.removeprefix("aten::").removeprefix("mkldnn::")
        spent[kinds.get(name, "element by element" if event.key.startswith("aten::") else "python and autograd")] += (
            event.self_cpu_time_total
        )
    total = sum(spent.values())
    return dict(sorted(((kind, part / total) for kind, part in spent.items()), key=lambda kv: -kv[1]))


def show(result: Mapping[str, Any]) -> None:
    """Print the tables."""
    table = Table("kind of operation", "share of the time", title=f"{result['tokens_per_second']} tokens/s")
    for kind, share in result["share_of_time"].items():
        table.add_row(kind, f"{share:.1%}")
    table.add_section()
    table.add_row("the products alone, in their shapes, would take", f"{result['products_alone_share']:.1%}")
    table.add_row("as many operations in one large product", f"{result['large_product_share']:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
