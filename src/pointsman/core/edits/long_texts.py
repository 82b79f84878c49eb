"""What of two long texts is compared: a comparison of all words of both would take minutes."""

from collections import Counter

from pointsman.core.edits.sections import Texts

WHOLE_AT_MOST = 400_000
"""Characters of both texts, up to which they are compared whole. Of longer ones equal passages are left out."""
COMPARED_AT_MOST = 1_000_000
"""Characters to compare, above which an edit is not looked into: it counts as other words."""


def without_equal_passages(old: Texts, new: Texts) -> tuple[Texts, Texts]:
    """Return both versions of a document; of a long one only the passages that are not in both."""
    if _size(old, new) <= WHOLE_AT_MOST:
        return old, new
    both = Counter(old) & Counter(new)
    return _without(old, both.copy()), _without(new, both)


def is_too_long(old: Texts, new: Texts) -> bool:
    """Return whether two texts have too many characters to be compared word by word."""
    return _size(old, new) > COMPARED_AT_MOST


def _without(texts: Texts, both: Counter[tuple[tuple[str, ...], str]]) -> Texts:
    """Return the passages that ``both`` does not count, which is used up."""
    rest = []
    for each in texts:
        both[each] -= 1
        if both[each] < 0:
            rest.append(each)
    return rest


def _size(*versions: Texts) -> int:
    return sum(len(text) + sum(map(len, path)) for texts in versions for path, text in texts)
