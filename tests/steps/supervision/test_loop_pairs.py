"""Golden probes while a retriever adapter is live: questions that it may have learned no longer judge."""

from collections.abc import Callable

from pointsman.core.supervision.probes import Probe
from pointsman.core.supervision.retriever_pairs import gate_probes
from tests.fakes.model_loader import JARGON
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.live_releases import live

Opened = Callable[..., FakeResources]


def asked_in(resources: FakeResources, nth: int) -> int:
    """Return the number of golden probes that judge the next update."""
    resources.store.write("another.md", page(nth))
    return next(signal for signal in run(resources).signals if signal.name == "probes.golden.staged").n


def test_all_golden_probes_judge_until_an_adapter_may_have_learned_some(opened: Opened) -> None:
    resources = begun(opened(20))
    rows = [{"id": f"p{n}", "question": f"Who calls number {n}?", "documents": [f"doc{n:02d}.md"]} for n in range(20)]
    resources.probes.write(rows)
    assert asked_in(resources, 77) == 20
    for nth in range(20):
        words = " ".join(f"{JARGON}{nth}x{k}" for k in range(8))
        resources.store.write(f"new{nth:02d}.md", f"{words}.\n")
    run(resources)
    assert live(resources).embedder.adapter is not None
    held_out = gate_probes([Probe.from_json(row) for row in rows], resources.params.seed, learned=True)
    assert 0 < len(held_out) < 20
    assert asked_in(resources, 78) == len(held_out)
