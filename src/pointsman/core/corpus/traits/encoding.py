"""Signs of a wrong encoding (mojibake): text that was decoded with another encoding than it was written in."""

# ruff: noqa: RUF001 - other alphabets have letters that look like Latin ones

import re
from dataclasses import dataclass

from pointsman.core.corpus.documents import Document, Kind

CONTINUATION = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
"""What the bytes 80 to BF become in Latin-1 or Windows-1252."""
SECOND = "\u0080-\u009f¡-ª¬-¯±´-º¼-¿€‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ"
"""The same without punctuation that may follow a capital letter: quotation marks, dashes, ``…``, degrees, powers."""

HEBREW = "\u0080-\u009f¡-ª€‚ƒ„†‡ˆ‰Š‹ŒŽ•˜™š›œžŸ"
"""What follows ``×`` where it is half of a Hebrew letter, and is no factor."""
MAC = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø"
"""What the bytes 80 to BF become in Mac Roman."""
CP1251 = "\u0080-\u00bfЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџЎўЈҐЁЄЇІіґё№єјЅѕї"
"""What the bytes 80 to BF become in Windows-1251."""
CP1251_SYMBOLS = "†‡€‰‹•™›¤¦§©¬®±µ¶"
"""Those of them that do not stand within a word."""

UTF8_AS_LATIN1 = (
    f"Â[\u0080-\u00aa¬-º¼-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Ã[{CONTINUATION}]"
    f"|[ÄÅÎÏÐÑØÙ][{SECOND}]|×[{HEBREW}]"
    f"|â[\u0080-\u009f€„‚…][{CONTINUATION}]"
    f"|[à-ï][{SECOND}][{CONTINUATION}]"
    f"|ð[\u0090-\u009fŸž˜][{CONTINUATION}]{{1,2}}"
)
"""``Ã¤``, ``â€™``, ``Ð¿`` and the like. What was encoded twice (``ÃƒÂ¤``) has such a pair for each of its letters."""
UTF8_AS_CYRILLIC = (
    f"(?:[ОПРС][{CP1251}]){{3,}}|(?:[в-п][{CP1251}]{{2}}){{2,}}|[А-я][{CP1251_SYMBOLS}](?=\\w)|вЂ[{CP1251}]|[Г-Е][Јљќћ](?=[a-z])"
    "|[а-яё][╓-╪═║╒░-▓█▀▄■√≈≤≥⌠⌡]|ц[÷²·°]"
)
"""UTF-8 read as Windows-1251 (``РџСЂРё``, ``вЂ™``) or as KOI8-R (``ц╓``)."""
UTF8_AS_OTHERS = (
    f"√[\u00a1-\u02ff\u2020-\u2122≠∞±≤≥∂∫Ω]|‚Ä[{MAC}]|[„‰ÂÊÁËÈÍÎÏÌÓ][{MAC}]{{2}}|(?:[–—][{MAC}]){{3,}}"
    "|[├┬][A-Za-z\u00a0-\u00ff│┤╝╗╜╛┐╢╖╕╣║]|[ΓÔ][ÇÅéà][^\\s\\w]"
)
"""UTF-8 read as Mac Roman (``√§``, ``‚Äô``) and as the code pages 437 and 850 (``├ñ``)."""
OTHERS_AS_LATIN1 = "(?!(.)\\1\\1)[\u00a1-\u00ff]{5,}|(?:[ƒ‚][^\\s\u0300-\uffff]){3,}"
"""Cyrillic, Greek, Hebrew, Arabic, Chinese or Korean bytes read as Latin-1 (``Ïðèâåò``), Shift-JIS (``ƒeƒXƒg``)."""
LOST = "\ufffd|\u00ef\u00bf\u00bd|[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]"
"""U+FFFD in the place of a letter that was lost, and control characters that no text has."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """Signs that are looked for only in a text that has a character of each of two sets: most texts have not."""

    first: frozenset[str]
    then: frozenset[str]
    signs: re.Pattern[str]

    @classmethod
    def of(cls, first: str, then: str, signs: str) -> "_Signs":
        """Return the signs that begin with a character of one class and go on with one of another."""
        every = "".join(map(chr, range(0x80, 0x2700)))
        return cls(
            frozenset(re.findall(f"[{first}]", every)), frozenset(re.findall(f"[{then}]", every)), re.compile(signs)
        )


SIGNS = (
    _Signs.of("ÂÃÄÅÎÏÐÑØÙ×à-ð", CONTINUATION, UTF8_AS_LATIN1),
    _Signs.of("А-яё", f"{CP1251}╓-▓█▀▄■√≈≤≥⌠⌡÷²·°", UTF8_AS_CYRILLIC),
    _Signs.of("√‚„‰ÂÊÁËÈÍÎÏÌÓ–—├┬ΓÔ", f"{MAC}\u00a1-\u02ff│┤╝╗╜╛┐╢╖╕╣║ÇÅéà", UTF8_AS_OTHERS),
    _Signs.of("ƒ‚\u00a1-\u00ff", "ƒ‚\u00a1-\u00ff", OTHERS_AS_LATIN1),
)
EAST = re.compile("[a-z]{2}[\u3400-\u9fff\uac00-\ud7a3][a-z]{2}|[A-Za-z][\uff61-\uff9f]|锟斤拷|锘[^\\W\\d_]")
"""UTF-8 read as Chinese, Japanese or Korean: a single ideograph within a Latin word, ``锟斤拷``."""
LOST_SIGNS = re.compile(LOST)
ASCII_SIGNS = re.compile(
    r"[^\W\d_]\?[^\W\d_](?![^\s]{0,100}=)|(?<!\S)\?{3,}(?!\S)|=[CDE][0-9A-F]=[89AB][0-9A-F]|\+A[A-P][0-9A-Za-z]-"
    r"|&(?:[A-Za-z]{2,8}|#[0-9]{2,6});"
)
"""Letters that became ``?``, quoted-printable, UTF-7, and entities that were escaped twice. Counted in prose only."""
LONGEST = 200
"""Characters of a word that may hold such a sign: what is longer is an address or data."""


def encoding_signs(document: Document) -> int:
    """Return the number of signs of a wrong encoding in a document; code is not searched for the signs in ASCII."""
    text = "\n".join(block.text for block in document.blocks)
    prose = (block.text for block in document.blocks if block.kind is not Kind.VERBATIM)
    return _beyond_ascii(text) + sum(map(_in_ascii, prose))


def _beyond_ascii(text: str) -> int:
    """Return the number of signs in the words that are not ASCII, and of control characters."""
    if text.isascii():
        return _found(LOST_SIGNS, text)
    words = " ".join(word for word in text.split(" ") if not word.isascii())
    present = frozenset(words)
    searched = [each.signs for each in SIGNS if present & each.first and present & each.then]
    return _found(LOST_SIGNS, text) + sum(_found(signs, words) for signs in (*searched, EAST))


def _found(signs: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in signs.finditer(text))


def _in_ascii(text: str) -> int:
    if "?" not in text and "&" not in text and "=" not in text and "+" not in text:
        return 0
    words = (word for word in text.split() if len(word) <= LONGEST and "/" not in word)
    return sum(1 for word in words for _ in ASCII_SIGNS.finditer(word))
