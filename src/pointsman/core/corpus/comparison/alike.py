"""Edited documents that became alike: different texts before, (nearly) one text now."""

from collections.abc import Mapping

from pointsman.core.corpus.comparison.near_duplicates import groups
from pointsman.core.corpus.comparison.overlap import ShingleSample


def became_alike(
    before: Mapping[str, ShingleSample | None], now: Mapping[str, ShingleSample], similarity: float
) -> tuple[int, tuple[str, ...]]:
    """Return (different texts that are lost, the documents that became alike).

    Of ten documents with ten texts that have one text now, nine texts are lost. Documents that were alike before lose
    nothing when they stay so.

    Args:
        before: edited document → sample of its earlier text; None if that is not known, and then like no other.
        now: edited document → sample of its present text.
        similarity: from which on two texts are alike, 0..1.
    """
    known = {document: sample.raw for document in now if (sample := before.get(document)) is not None}
    was = {document: group[0] for group in groups(known, similarity) for document in group}
    lost = 0
    documents: list[str] = []
    for group in groups({document: sample.raw for document, sample in now.items()}, similarity):
        texts = {was.get(document, document) for document in group}
        if len(texts) > 1:
            lost += len(texts) - 1
            documents += group
    return lost, tuple(sorted(documents))
