"""The gate on memorized facts: an adapter that answers from replaced texts is refused."""

from collections.abc import Sequence

from pointsman.core.evaluation.memorization import MemorizationCheck
from pointsman.core.gates.ruling import Ruling, Verdict


def judge_memorization(crossed: Sequence[MemorizationCheck], *, max_memorised: int) -> Ruling | None:
    """Refuse an adapter that recites facts which the new index contradicts; None where no question could tell.

    Args:
        crossed: questions whose documents changed, answered in the four cells.
        max_memorised: recited facts up to which an adapter passes.
    """
    asked = [each for each in crossed if each.telling]
    if not asked:
        return None
    memorised = [each for each in asked if each.memorised]
    shown = f"{len(memorised)} of {len(asked)} questions whose documents changed are answered from the old text"
    allowed = f"allowed {max_memorised} (gate.max_memorised)"
    if len(memorised) <= max_memorised:
        return Ruling(Verdict.PROMOTE, f"2x2: on the new index, {shown}; {allowed}")
    first = memorised[0]
    was, now = (", ".join(sorted(words)[:3]) for words in (first.stale_words, first.fresh_words))
    example = f"{first.id!r} still says {was!r} where the index now says {now!r}"
    return Ruling(
        Verdict.REFUSE, f"2x2: on the new index, {shown} by the new adapter alone, such as {example}; {allowed}"
    )
