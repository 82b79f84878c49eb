"""Folds a text, so that a number or token is found however it is written. Lines keep their numbers.

A reader copies ``DE89 3704`` from a page whether its blanks are no-break ones, its digits are fullwidth, a soft hyphen
stands in it, or it is written with entities.
"""

import html
import re
import unicodedata
from functools import cache

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
FEW = 40
"""Distinct characters that are replaced one after the other; more are translated in one slower pass."""
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Characters without width that Unicode does not call format characters."""
ALIKE = str.maketrans(
    "АВЕКМНОРСТУХІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧ·•‧∙⋅・⁄∕│┃║¦‘’‚‛“”„‟−˗⁃",  # noqa: RUF001 - that is what it is for
    "ABEKMHOPCTYXIJSaeopcyxijsABEZHIKMNOPTYX......//||||''''\"\"\"\"---",
)
"""Letters and marks that look like others: Cyrillic, Greek, dots, bars, quotes, minus signs."""


def fold(text: str) -> str:
    """Return a text with plain blanks, digits, dashes and Latin letters, and without characters that nobody sees."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text
    changed = {char: folded for char in set(text) if char > "\x7f" and (folded := _folded(char)) != char}
    if len(changed) > FEW:
        return text.translate({ord(char): folded for char, folded in changed.items()})
    for char, folded in changed.items():
        text = text.replace(char, folded)
    return text


def decode_entities(text: str) -> str:
    """Return a text with its character references (``&nbsp;``, ``&#65;``) replaced; it keeps its lines."""
    return ENTITY.sub(_decoded, text) if "&" in text else text


def _decoded(found: re.Match[str]) -> str:
    return html.unescape(found[0]).replace("\n", " ").replace("\r", " ")


@cache
def _folded(char: str) -> str:
    """Return what stands for one character."""
    kind = unicodedata.category(char)
    if kind == "Cf" or char in UNSEEN or "\ufe00" <= char <= "\ufe0f":
        return ""
    if kind.startswith("Z"):
        return " "
    if kind == "Pd":
        return "-"
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    if ord(char) in ALIKE:
        return char.translate(ALIKE)
    return unicodedata.normalize("NFKC", char).replace("\n", " ")
