"""Text as a model understands it: characters that look alike made equal, and encoded sentences decoded."""

# ruff: noqa: RUF001 - lookalikes are what this module is about

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

LOOKALIKES = str.maketrans(
    {
        pair[0]: pair[1]
        for pair in (  # noqa: SIM905 - pairs are easier to read in one text
            "аa вb еe кk мm нh оo рp сc тt уy хx іi јj ѕs һh ԁd ԛq ԝw "  # Cyrillic
            "αa εe γy ηn ιi κk νv οo ρp τt υu χx ωw "  # Greek
            "ıi łl øo đd ɡg ɑa ɩi ᴀa ʙb ᴄc ᴅd ᴇe ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz ▁_ ’' ‘' “\" ”\""
        ).split()
    }
)
"""Letters that look like Latin ones, of Cyrillic, Greek and others. The lists of words are folded in the same way."""
LOOKALIKES |= {first + n: chr(ord("a") + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
"""Letters in discs and squares, and of flags."""
LOOKALIKE = re.compile(f"[{''.join(map(chr, LOOKALIKES))}]")
UNSEEN_CHARACTERS = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that take no room: zero width, bidi controls, variation selectors, tags."""
ACCENTS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0670\u093c\u3099\u309a]")
"""Marks on letters, as Unicode's decomposed form has them."""
LEET = str.maketrans("0134578@$!|", "oieastbasil")
"""Digits and signs that stand for letters."""
ROT13_SIGNS = ("vtaber", "qvfertneq", "vafgehpgvba", "flfgrz cebzcg")
"""*ignore*, *disregard*, *instruction* and *system prompt* in ROT13."""
BACKWARD_SIGNS = ("erongi", "dragersid", "noitcurtsni", "tpmorp metsys")
"""The same words, written backwards."""
URL_SAFE = str.maketrans("-_", "+/")
BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,}={0,2}")
HEX = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,]?){16,}(?![0-9A-Za-z])")
HEX_NOISE = re.compile(r"0x|\\x|[ :,]")
SPELT = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,4}[^\W_](?![^\W_])){7,}")
"""Eight or more single letters with something between them."""
SPELT_WORD = re.compile(r"(?<![^\W_])[^\W_]([\W_]{1,3}?)[^\W_](?:\1[^\W_])*(?![^\W_])")
"""A word of single letters that have all the same between them."""
NEAR = 200
"""Characters on each side of spelt letters that are read with them."""
BROKEN = re.compile(
    "(?:ignore|disregard|forget|override|bypass)(?:all|any|the|your|my|of|these|those){0,4}(?:previous|prior|above|"
    "earlier|preceding|foregoing)(?:given|system|user)?(?:instructions?|prompts?|guidelines|directions|orders)"
)
"""An order in letters alone, whatever stands between them."""
PLAIN_ORDER = frozenset(
    "ignore disregard forget override bypass all any the your my of these those previous prior above earlier preceding "  # noqa: SIM905
    "foregoing given system user instruction instructions prompt prompts guidelines directions orders".split()
)
"""Its words, in which it is no disguise."""
LETTER = re.compile(r"[^\W_]")
ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4}){6,}")
NOT_A_LETTER = re.compile(r"[\W_]+")
WORDS = re.compile(r"[^\W_]+")
MIXED = re.compile(r"[a-z][0-9@$!|][a-z]|[0-9@$!|]{1,2}[a-z]{2}")
LETTERS = 0.75
"""Share of letters and spaces in decoded bytes from which they count as a text."""
MAX_DECODED = 20_000
"""Characters of one encoded run that are decoded."""


def fold(text: str) -> str:
    """Return a text with lookalikes made equal: no accents, no unseen characters, no capitals, full width as usual."""
    if text.isascii():
        return text.lower()
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", UNSEEN_CHARACTERS.sub("", text)).lower())
    return unicodedata.normalize("NFC", plain.translate(LOOKALIKES) if LOOKALIKE.search(plain) else plain)


def plain_letters(folded: str) -> str:
    """Return a folded text in one byte a character, for fast searches: a hyphen for what is not ASCII, no ``?``."""
    return (
        folded if folded.isascii() else folded.replace("?", ".").encode("ascii", "replace").replace(b"?", b"-").decode()
    )


def disguised(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (name of the disguise, what it says, passage as it stands in ``text``) of everything that can be decoded.

    For a disguise of the whole text the passage is empty. What it says is folded.
    """
    folded = fold(text)
    if MIXED.search(folded):
        yield "digits for letters", folded.translate(LEET), ""
    if any(sign in folded for sign in ROT13_SIGNS):
        yield "ROT13", codecs.decode(folded, "rot13"), ""
    if any(sign in folded for sign in BACKWARD_SIGNS):
        yield "backwards", folded[::-1], ""
    if "&#" in text or "&amp;#" in text:
        yield "character references", fold(html.unescape(html.unescape(text))), ""
    if "%20" in text:
        yield "percent codes", fold(unquote(text)), ""
    for found in ESCAPES.finditer(text):
        yield "character codes", fold("".join(chr(int(code, 16)) for code in found[0].split("\\u")[1:])), found[0]
    yield from _encoded(text)
    yield from _spelt(folded)
    yield from _broken(folded)


def _encoded(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the runs of Base64 and hexadecimal codes that are texts."""
    for found in BASE64.finditer(text):
        run = found[0].rstrip("=")[:MAX_DECODED].translate(URL_SAFE)
        yield from _named("Base64", _from_base64(run), found[0])
    for found in HEX.finditer(text):
        digits = HEX_NOISE.sub("", found[0])[:MAX_DECODED]
        yield from _named("hexadecimal", bytes.fromhex(digits[: len(digits) // 2 * 2]), found[0])


def _from_base64(run: str) -> bytes:
    """Return the bytes of a run; nothing where it cannot be Base64 (one character over)."""
    try:
        return base64.b64decode(run + "=" * (-len(run) % 4), validate=True)
    except binascii.Error:
        return b""


def _named(name: str, raw: bytes, passage: str) -> Iterator[tuple[str, str, str]]:
    """Yield decoded bytes where they are a text."""
    try:
        said = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        said = raw[: error.start].decode("utf-8")
    if said and sum(map(str.isalpha, said)) + said.count(" ") >= LETTERS * len(said) and len(said) * 2 > len(raw):
        yield name, fold(said), passage


def _spelt(folded: str) -> Iterator[tuple[str, str, str]]:
    """Yield words that are spelt letter by letter, without anything between the letters."""
    for found in SPELT.finditer(folded):
        yield "letters apart", NOT_A_LETTER.sub("", found[0].translate(LEET)), found[0]
    regions: list[tuple[int, int]] = []
    for found in SPELT.finditer(folded):
        begin, end = max(0, found.start() - NEAR), found.end() + NEAR
        if regions and begin <= regions[-1][1]:
            regions[-1] = (regions[-1][0], end)
        else:
            regions.append((begin, end))
    for begin, end in regions:
        words = SPELT_WORD.sub(lambda word: NOT_A_LETTER.sub("", word[0]), folded[begin:end])
        yield "spelt words", words, ""
        if MIXED.search(words):
            yield "spelt words", words.translate(LEET), ""


def _broken(folded: str) -> Iterator[tuple[str, str, str]]:
    """Yield orders whose words are broken, glued or spelt in any way: only their letters are looked at."""
    for letters in (NOT_A_LETTER.sub("", folded), *([_without_digits(folded)] if MIXED.search(folded) else [])):
        found = list(BROKEN.finditer(letters))
        places = [each.start() for each in LETTER.finditer(folded)] if found else []
        for each in found:
            passage = folded[places[each.start()] : places[each.end() - 1] + 1]
            if not set(WORDS.findall(passage)) <= PLAIN_ORDER:
                yield "letters apart", each[0], passage


def _without_digits(folded: str) -> str:
    """Return the letters of a text in which digits stand for letters; each digit and letter stays one character."""
    return NOT_A_LETTER.sub("", folded).translate(LEET)
