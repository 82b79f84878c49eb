"""Reciprocal-rank fusion of the dense and the BM25 ranking."""

from collections.abc import Sequence

RRF_K = 2
"""Rank constant of the fusion, as in Qdrant."""

SCORE_DIGITS = 6
"""Scores that are equal to so many decimals count as equal; float32 is not more exact."""


def depth(top_k: int) -> int:
    """Return the number of candidates of each ranking."""
    return max(4 * top_k, 50)


Ranking = Sequence[tuple[str, float]]
"""Point ids with scores, as an engine returns them."""


def in_order(ranking: Ranking) -> list[tuple[str, float]]:
    """Return a ranking by falling score; equal scores by point id, because engines return those in any order."""
    return sorted(ranking, key=lambda found: (-round(found[1], SCORE_DIGITS), found[0]))


def _without_cut_ties(ranking: list[tuple[str, float]], top_k: int) -> list[tuple[str, float]]:
    """Return a ranking without its last group of equal scores, of which the engine returned an arbitrary part.

    A ranking that was not cut off, or would have fewer than ``top_k`` left, stays complete.
    """
    if len(ranking) < depth(top_k):
        return ranking
    last = round(ranking[-1][1], SCORE_DIGITS)
    rest = [found for found in ranking if round(found[1], SCORE_DIGITS) != last]
    return rest if len(rest) >= top_k else ranking


def fuse(rankings: Sequence[Ranking], top_k: int) -> list[tuple[str, float]]:
    """Return the best ``top_k`` of rankings by reciprocal rank fusion; a single ranking keeps its own scores.

    The score is the sum over rankings of 1 / (``RRF_K`` + rank), rank from 0 (Cormack, Clarke and Buettcher,
    SIGIR 2009). Qdrant's own fusion has the same formula but ranks equal scores in arbitrary order: the copies of a
    licence text would change places with every rebuild, and a gate would measure that.
    """
    ordered = [_without_cut_ties(in_order(ranking), top_k) for ranking in rankings]
    if len(ordered) == 1:
        return ordered[0][:top_k]
    scores: dict[str, float] = {}
    for ranking in ordered:
        for rank, (id_, _) in enumerate(ranking):
            scores[id_] = scores.get(id_, 0.0) + 1.0 / (RRF_K + rank)
    return in_order(list(scores.items()))[:top_k]
