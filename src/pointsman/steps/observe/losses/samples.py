"""Samples of the word shingles of texts, kept in memory between runs: how much of a text is still in a later one."""

from collections.abc import Collection

from pointsman.core.corpus.comparison.overlap import ShingleSample
from pointsman.ports.workspace import Memory
from pointsman.steps.observe.texts.memory import TextMeasure, stored_rows

SAMPLE_MEASURE = TextMeasure(
    "shingles", 1, of=lambda parsed: ShingleSample.of(parsed.text).as_text(),
    is_whole=lambda row: ShingleSample.from_text(row) is not None,
)  # fmt: skip


def stored_samples(memory: Memory, texts: Collection[str]) -> dict[str, ShingleSample]:
    """Return text digest → sample of those of ``texts`` that have one."""
    rows = stored_rows(memory, SAMPLE_MEASURE)
    return {text: found for text in texts if (found := ShingleSample.from_text(rows.get(text))) is not None}
