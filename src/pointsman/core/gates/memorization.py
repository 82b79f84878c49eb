"""The gate on memorized facts: an adapter that answers from a replaced text is refused."""

from collections.abc import Sequence

from pointsman.core.evaluation.memorization import MemorizationCheck
from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.wording import be


def judge_memorization(checks: Sequence[MemorizationCheck], *, max_memorised: int) -> Ruling | None:
    """Refuse an adapter that repeats memorized facts which the new index contradicts; None where no question can tell.

    Args:
        checks: questions whose documents changed, answered in the four cells.
        max_memorised: memorized facts up to which an adapter passes.
    """
    asked = [each for each in checks if each.telling]
    if not asked:
        return None
    memorized = [each for each in asked if each.memorized]
    found = len(memorized)
    shown = f"{found} of {len(asked)} questions about changed documents {be(found)} answered from the old text"
    allowed = f"at most {max_memorised} allowed (gate.max_memorised)"
    if found <= max_memorised:
        return Ruling(Verdict.PROMOTE, f"memorization check on the new index: {shown}; {allowed}")
    first = memorized[0]
    was, now = (", ".join(sorted(words)[:3]) for words in (first.stale_words, first.fresh_words))
    example = f"{first.id!r} still says {was!r} where the index now says {now!r}"
    return Ruling(
        Verdict.REFUSE,
        f"memorization check on the new index: {shown} by the new adapter alone, such as {example}; {allowed}",
    )
