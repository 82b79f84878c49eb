"""What each measured signal means and which direction is better; for ``explain`` and the glossary of the docs."""

from collections.abc import Mapping
from dataclasses import dataclass

from pointsman.core.evaluation.signal_names import (
    CITATION,
    DECLINED,
    DERIVED_GAP,
    FORM_AGREEMENT,
    GOLDEN_GAP,
    GOLDEN_GAP_CONTROL,
    GOLDEN_GAP_NEW,
    MEMORIZED,
    SHAPE,
    TAINT,
)

HIGHER, LOWER, NEITHER = "higher is better", "lower is better", "neither is better"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A signal for people."""

    title: str
    better: str
    """``higher is better``, ``lower is better`` or ``neither is better``."""


MEANINGS: Mapping[str, Meaning] = {
    DERIVED_GAP: Meaning("how much less often new pages are found than old ones, by their own sentences", LOWER),
    GOLDEN_GAP: Meaning("how much less often new pages are found than old ones, by people's questions", LOWER),
    GOLDEN_GAP_NEW: Meaning("questions about new pages that find them", HIGHER),
    GOLDEN_GAP_CONTROL: Meaning("questions about unchanged pages that find them", HIGHER),
    SHAPE: Meaning("held-out answers in the format of the examples", HIGHER),
    CITATION: Meaning("held-out answers that cite the right documents", HIGHER),
    DECLINED: Meaning("questions without an answer that are declined", HIGHER),
    FORM_AGREEMENT: Meaning("new examples with the form of the most similar other one", HIGHER),
    MEMORIZED: Meaning("stale examples that are still answered from the replaced text", LOWER),
    TAINT: Meaning("learned examples that are stale", LOWER),
    "examples.new": Meaning("accepted examples that the live generator was not trained on", NEITHER),
    "examples.held_out": Meaning("held-out answers to measure on", HIGHER),
    "examples.since_refused": Meaning("examples that came or changed since a failed training", HIGHER),
    "residual.behaviour.nll": Meaning("loss of the reference answers, nats per token", LOWER),
    "residual.behaviour.nll_gap": Meaning("loss of new reference answers minus that of earlier ones", LOWER),
    "residual.behaviour.token_f1": Meaning("words that answers share with their references", HIGHER),
    "probes.golden.live": Meaning("golden probes that the live release answers from the right page", HIGHER),
    "probes.golden.staged": Meaning("golden probes that the staged release answers from the right page", HIGHER),
    "probes.golden.change": Meaning("staged minus live", HIGHER),
    "probes.derived.new": Meaning("sentences of new pages that find their page", HIGHER),
    "probes.derived.control": Meaning("sentences of unchanged pages that find their page", HIGHER),
    "edits.factual": Meaning("edited documents that changed a fact", NEITHER),
    "drift.embedding": Meaning(
        "chance that new documents differ this much from old ones by accident, by vectors", HIGHER
    ),
    "drift.vocabulary": Meaning(
        "chance that new documents differ this much from old ones by accident, by words", HIGHER
    ),
    "budget": Meaning("predicted seconds of a training", LOWER),
    "budget.money": Meaning("predicted price of a training", LOWER),
    "budget.worth": Meaning("seconds of training that the gain justifies", HIGHER),
    "cooldown": Meaning("hours since the last training", HIGHER),
    "examples.contradicting": Meaning("examples that contradict one another", LOWER),
    "examples.refused": Meaning("accepted examples with which a training failed before", NEITHER),
    "migration.overlap": Meaning("nearest passages that the live and the rebuilt index have in common", HIGHER),
    "migration.ann_recall": Meaning("nearest passages that the search by the new index finds", HIGHER),
    "changes": Meaning("changes since the live release", NEITHER),
    "index.first": Meaning("whether there is a release", NEITHER),
    "index.embedder": Meaning("another embedder than the live release has", NEITHER),
    "index.chunking": Meaning("another way to cut documents than the live release has", NEITHER),
    "index.collection": Meaning("why the live collection cannot be read", NEITHER),
    "generator.base": Meaning("another base of the generator than the live release has", NEITHER),
    "generator.prompt": Meaning("another prompt than the live release has", NEITHER),
    "retriever.rerank": Meaning("another reranker than the live release has", NEITHER),
    "changes.text": Meaning("documents whose text changed", NEITHER),
    "changes.payload": Meaning("documents of which only the name or the metadata changed", NEITHER),
    "changes.cosmetic": Meaning("documents of which only white space or markup changed", NEITHER),
}
"""Signal → its meaning; signals of a control group and of a baseline are named after the measure they belong to."""

BEGINNINGS: Mapping[str, str] = {
    "probes.failed.": LOWER, "shape.": HIGHER, "citation.": HIGHER, "declined.": HIGHER, "guard.": NEITHER,
    "changes": NEITHER,
}  # fmt: skip
"""Beginning of a signal's name → which direction is better."""


def better(name: str) -> str:
    """Return which direction of a signal is better: ``higher is better``; empty where the signal is not known."""
    measure = name.removeprefix("base.").replace("control.", "residual.", 1)
    if measure in MEANINGS:
        return MEANINGS[measure].better
    return next((found for beginning, found in BEGINNINGS.items() if measure.startswith(beginning)), "")
