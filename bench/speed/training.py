"""Training speed compared with TRL's SFTTrainer and sentence-transformers: same data, same LoRA, same steps.

    make demo && make peers && python -m bench.speed.training [--build .demo/workspace/build] [generator] [retriever]

The generator trains on the prompts and completions of the demo's examples; the retriever trains on pairs from the
demo's corpus. Every arm runs in its own process; seconds are those of the training loop. Tokens are counted once,
without padding, so tokens per second compare the loops alone. The same code then measures all adapters: loss on
held-out completions, ranking loss on held-out pairs. TRL runs twice: with its defaults, and without gradient
checkpointing, a default that trades speed for memory.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pointsman.adapters.models.fingerprint import fingerprint
from pointsman.adapters.models.resolve import resolve
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.params import GeneratorLora, RetrieverLora
from pointsman.settings.workspace import WorkspaceFolder

HERE = Path(__file__).parents[1]
ROOT = HERE.parent
PEER = HERE / "peers" / ".venv" / "bin" / "python"
RESULT = HERE / "results" / "training.json"
HELD_OUT_PAIRS = 64
RETRIEVER_EPOCHS = 2
UNUSED = "pooler"

Job = dict[str, Any]
Row = dict[str, Any]


def generator_job(build: Path) -> tuple[Job, list[Any]]:
    """Return the training job of the generator, and its held-out rows."""
    posed = json.loads((build / "examples.json").read_text(encoding="utf-8"))
    rows = [{"prompt": r["prompt"], "completion": r["completion"]} for r in posed["training"]]
    held_out = [{"prompt": r["prompt"], "completion": r["completion"]} for r in posed["held_out"]]
    lora = GeneratorLora()
    settings = {
        "rank": lora.rank, "alpha": lora.alpha, "learning_rate": lora.learning_rate, "epochs": lora.epochs,
        "batch_size": lora.batch_size, "max_length": lora.max_length,
    }  # fmt: skip
    return _job("generator", rows, settings), held_out


def retriever_job(build: Path) -> tuple[Job, list[Any]]:
    """Return the training job of the retriever, and its held-out pairs."""
    from pointsman.core.supervision.retriever_pairs import corpus_pairs
    from pointsman.stages.shared.artifacts import chunk_of

    with gzip.open(build / "chunks.jsonl.gz", "rt", encoding="utf-8") as lines:
        chunks = [chunk_of(json.loads(line)) for line in lines]
    lora = RetrieverLora()
    pairs = [(p.query, p.passage) for p in corpus_pairs(chunks, seed=17, at_most=lora.max_pairs + HELD_OUT_PAIRS)]
    settings = {
        "rank": lora.rank, "alpha": lora.alpha, "learning_rate": lora.learning_rate, "epochs": RETRIEVER_EPOCHS,
        "batch_size": lora.batch_size,
    }  # fmt: skip
    job = _job("retriever", pairs[HELD_OUT_PAIRS:], settings)
    steps = -(-len(job["rows"]) // lora.batch_size) * RETRIEVER_EPOCHS
    return job | {"warmup": max(1, round(0.1 * steps))}, pairs[:HELD_OUT_PAIRS]


def _job(role: str, rows: Sequence[Any], lora: Mapping[str, Any]) -> Job:
    """Return a training job for any arm."""
    params = WorkspaceFolder(ROOT).params()
    model = getattr(params, role).model
    base = resolve(model, workspace=ROOT, models=models_folder(Endpoints()))
    return {"base": str(base), "rows": rows, "lora": dict(lora), "seed": 17, "cpu": True, "defaults": True}


def ours(role: str, job: Job, out: Path) -> Row:
    """Train with the product's own trainer."""
    from pointsman.adapters.training.inputs import (
        BaseModel,
        ChatExample,
        GeneratorData,
        RankingExample,
        StartingPoint,
        TrainingOptions,
    )

    base = BaseModel(Path(job["base"]), fingerprint(Path(job["base"]), cache=None))
    if role == "generator":
        from pointsman.adapters.training.generator import train_generator

        data = GeneratorData([ChatExample(r["prompt"], r["completion"]) for r in job["rows"]])
        options = TrainingOptions(GeneratorLora(**job["lora"]), job["seed"])
        report = train_generator(StartingPoint(base), out, data=data, options=options)
    else:
        from pointsman.adapters.training.retriever import train_retriever

        examples = [RankingExample(query, passage) for query, passage in job["rows"]]
        ranking = TrainingOptions(RetrieverLora(**job["lora"]), job["seed"])
        report = train_retriever(base, out, examples=examples, options=ranking)
    return {
        "seconds": report.seconds, "steps": report.steps, "tokens": report.tokens,
        "peak_memory_bytes": report.peak_memory_bytes,
    }  # fmt: skip


def judged(role: str, job: Job, adapter: Path, held_out: Sequence[Any]) -> float:
    """Return the held-out loss of an adapter: nats per completion token, or nats per pair."""
    import torch

    from pointsman.adapters.models import causal_lm
    from pointsman.adapters.models.lora import merge_adapter

    if role == "generator":
        chat = causal_lm.Chat(Path(job["base"]))
        model = merge_adapter(causal_lm.load_model(Path(job["base"])), adapter).eval()
        rows = [chat.example(r["prompt"], r["completion"]) for r in held_out]
        with torch.inference_mode():
            found = [causal_lm.completion_losses(model, [row]) for row in rows]
        return sum(float(loss.sum()) for loss, _ in found) / sum(int(tokens.sum()) for _, tokens in found)
    from pointsman.adapters.models.embedders.sentence_embedder import load_encoder

    embedder = load_encoder(Path(job["base"]))
    embedder[0].model = merge_adapter(embedder[0].model, adapter).eval()
    with torch.inference_mode():
        queries, passages = (
            embedder.encode(list(texts), normalize_embeddings=True, convert_to_tensor=True, show_progress_bar=False)
            for texts in zip(*held_out, strict=True)
        )
    scores = 20.0 * queries @ passages.T
    return float(torch.nn.functional.cross_entropy(scores, torch.arange(len(held_out))))


def peer(script: str, job: Job, work: Path) -> Row:
    """Run the script of a peer in the peers' environment."""
    file = work / "job.json"
    file.write_text(json.dumps(job), encoding="utf-8")
    command = [str(PEER), "-m", f"bench.peers.{script}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        sys.exit(f"{script}: {done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def own_process(role: str, what: str, *words: str) -> Any:
    """Run a part of this bench in a new process and return its JSON output."""
    command = [sys.executable, "-m", "bench.speed.training", role, "--part", what, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(role: str, build: Path) -> dict[str, Row]:
    """Return each arm's row."""
    job, held_out = (generator_job if role == "generator" else retriever_job)(build)
    if role == "retriever":
        from pointsman.adapters.models.embedders.sentence_embedder import load_encoder

        names = [
            name for name, module in load_encoder(Path(job["base"]))[0].model.named_modules() if _is_linear(module)
        ]
        job["modules"] = sorted(name for name in names if UNUSED not in name)
    script = "trl_sft" if role == "generator" else "st_trainer"
    found: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        (work / "held_out.json").write_text(json.dumps(held_out), encoding="utf-8")
        arms: dict[str, Job | None] = {"Pointsman": None}
        if role == "generator":
            arms |= {"TRL, its defaults": job, "TRL, no checkpointing": job | {"defaults": False}}
        else:
            arms |= {"sentence-transformers": job}
        for number, (name, given) in enumerate(arms.items()):
            out = work / f"adapter-{number}"
            (work / "ours.json").write_text(json.dumps(job), encoding="utf-8")
            if given is None:
                row = own_process(role, "train", str(work / "ours.json"), str(out))
            else:
                row = peer(script, given | {"out": str(out)}, work)
            loss = own_process(role, "judge", str(work / "ours.json"), str(out), str(work / "held_out.json"))
            found[name] = row | {"held_out_loss": round(loss, 4)}
    tokens = found["Pointsman"]["tokens"]
    for row in found.values():
        row |= {"tokens_per_second": round(tokens / row["seconds"], 1), "seconds": round(row["seconds"], 1)}
    return found


def _is_linear(module: Any) -> bool:
    import torch

    return isinstance(module, torch.nn.Linear)


def show(role: str, found: Mapping[str, Row]) -> None:
    """Print the table."""
    ours = found["Pointsman"]
    table = Table("arm", "tokens/s", "ours over it", "steps", "held-out loss", "peak MB", title=role)
    for name, row in found.items():
        ratio = ours["tokens_per_second"] / row["tokens_per_second"]
        cells = (row["tokens_per_second"], f"{ratio:.2f}", row["steps"], row["held_out_loss"])
        table.add_row(name, *map(str, cells), str(round(row["peak_memory_bytes"] / 2**20)))
    Console().print(table)


def main() -> None:
    """Compare, print the tables, write bench/results/training.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roles", nargs="*", default=["generator", "retriever"])
    parser.add_argument("--build", type=Path, default=ROOT / ".demo" / "workspace" / "build")
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        what, job, *paths = given.part
        told = json.loads(Path(job).read_text(encoding="utf-8"))
        if what == "train":
            print(json.dumps(ours(given.roles[0], told, Path(paths[0]))))
        else:
            held_out = json.loads(Path(paths[1]).read_text(encoding="utf-8"))
            print(json.dumps(judged(given.roles[0], told, Path(paths[0]), held_out)))
        return
    for needed, way in ((given.build / "examples.json", "make demo"), (PEER, "make peers")):
        if not needed.exists():
            sys.exit(f"{needed} is not there; run `{way}` first")
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for role in given.roles:
        kept[role] = compare(role, given.build)
        show(role, kept[role])
    RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
