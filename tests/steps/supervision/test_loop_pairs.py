"""Golden probes once a retriever adapter is live: the questions that it may have learned judge no more."""

from collections.abc import Callable

from pointsman.core.supervision.probes import Probe
from pointsman.core.supervision.retriever_pairs import gate_probes
from tests.fakes.desk import FakeDesk, begun, page, run
from tests.fakes.shelf import JARGON
from tests.steps.live_releases import live

Opened = Callable[..., FakeDesk]


def asked_in(desk: FakeDesk, nth: int) -> int:
    """Return how many golden probes the next update is judged by."""
    desk.store.write("another.md", page(nth))
    return next(signal for signal in run(desk).signals if signal.name == "probes.golden.staged").n


def test_all_golden_probes_judge_until_an_adapter_may_have_learned_some(opened: Opened) -> None:
    desk = begun(opened(20))
    rows = [{"id": f"p{n}", "question": f"Who calls number {n}?", "documents": [f"doc{n:02d}.md"]} for n in range(20)]
    desk.probes.write(rows)
    assert asked_in(desk, 77) == 20
    for nth in range(20):
        words = " ".join(f"{JARGON}{nth}x{k}" for k in range(8))
        desk.store.write(f"new{nth:02d}.md", f"{words}.\n")
    run(desk)
    assert live(desk).embedder.adapter is not None
    held_out = gate_probes([Probe.from_json(row) for row in rows], desk.params.seed, learned=True)
    assert 0 < len(held_out) < 20
    assert asked_in(desk, 78) == len(held_out)
