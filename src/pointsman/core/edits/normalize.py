"""The words of a text in canonical form: two wordings of the same fact should give the same words.

The lists are English. For other languages only case and punctuation count as wording; any other change is factual.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pointsman.core.edits.lexicon import CALENDAR, CURRENCIES, LEXICON, MONTHS, PHRASES, SAME, SMALL, UNITS, Facet


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or identifier that carries meaning."""

    raw: str
    """As it is in the text."""
    key: str
    """Canonical form: equal for two spellings of the same thing."""
    facet: Facet
    """Kind of thing that it names."""
    gap: tuple[str, ...] = ()
    """Ignored words and punctuation between the word before and this one."""
    named: bool = False
    """Whether it has a capital letter inside a sentence, as a name has."""
    tail: tuple[str, ...] = ()
    """Ignored words and punctuation after the last word of a line."""


TOKEN = re.compile(
    r"""(?P<link>[a-z][a-z+]*://[^\s)>\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    |(?P<iso>\d{4}-\d{2}-\d{2})
    |(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\d{1,2}\s?[ap]\.?m\b\.?)
    |(?P<version>\bv\d+(?:\.\d+)*\w*|\d+(?:\.\d+){2,}\w*)
    |(?P<unit>°\s?[CF]\b|km/h\b|[%€$£])
    |(?P<flag>(?<!\S)--?[A-Za-z][\w-]*|(?<![\w])[/~.]{1,2}/?\w[\w./-]*\w)
    |(?P<number>(?<![\w.])[-\u2212](?=\d)\d[\d,]*(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)
        (?P<ordinal>(?:st|nd|rd|th)\b)?
    |(?P<word>[^\W\d_](?:[\w'\u2019]|[-./:\\@](?=\w))*|_\w+)
    |(?P<mark>[=<>≤≥≠+&|{}\[\]^~])
    |(?P<stop>[^\w\s])""",
    re.VERBOSE | re.IGNORECASE,
)
CODE = re.compile(r"^\s|^[\])}]+[,;.]?$|[;{}]$|\w\(|[\w\])]\s?[-+*/|&]?=\s?\S|^[$>#]\s|::|->|=>")
SENTENCE_WORDS = 4
"""Fewest words of a sentence: a line that begins with a capital letter and ends with ``.``, ``!``, ``?`` or ``:``."""
CODE_TOKEN = re.compile(r"\w+|[^\w\s]")
QUOTES = str.maketrans("\u2019\u2018\u201c\u201d\u2013\u2014\u2011\u00b5", "''\"\"---\u03bc")
MARKUP = re.compile(r"[`*]+|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)")
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
FIRST_YEAR, LAST_YEAR = 1900, 2100
NOON = 12


def is_code(line: str) -> bool:
    """Return whether a line is code. In code every character counts, capitals and punctuation too."""
    line = line.rstrip()
    sentence = line[:1].isupper() and line.endswith((".", "!", "?", ":")) and len(line.split()) >= SENTENCE_WORDS
    return not sentence and CODE.search(line) is not None


def words_of(line: str) -> list[Word]:
    """Return the words of a line that carry meaning, in canonical form."""
    if is_code(line):
        indent = len(line) - len(line.lstrip())
        tokens = [Word(t, t, Facet.NUMBER if t.isdigit() else Facet.NAME) for t in CODE_TOKEN.findall(line)]
        return [Word("", f"indent {indent}", Facet.ORDER), *tokens] if indent else tokens
    return _dated(_counted(list(_tokens(_plain(line)))))


def _plain(line: str) -> str:
    text = unicodedata.normalize("NFKC", line).translate(QUOTES)
    text = MARKUP.sub("", LINK.sub(r"\1 \2", text))
    for pattern, new in PHRASES:
        text = pattern.sub(new, text)
    return text


def _tokens(text: str) -> Iterator[Word]:
    """Yield the words of a text one by one, without the ignored ones."""
    gap: list[str] = []
    begun = False
    last: Word | None = None
    for match in TOKEN.finditer(text):
        kind, raw = match.lastgroup or "", match[0]
        kind = "number" if kind == "ordinal" else kind
        found = None if kind == "stop" else _word(kind, raw, inside=begun)
        if found is None:
            gap.append(raw.lower())
        else:
            if last is not None:
                yield last
            last = Word(raw, found[0], facet=found[1], gap=tuple(gap), named=begun and raw[:1].isupper())
            gap = []
        begun = not (kind == "stop" and raw in ".!?:")
    if last is not None:
        yield replace(last, tail=tuple(gap))


def _word(kind: str, raw: str, *, inside: bool) -> tuple[str, Facet] | None:
    """Return (canonical form, facet) of a token; None for an ignored word."""
    if kind == "word":
        return _lexical(raw, inside=inside)
    if kind == "number":
        return _number(raw)
    low = raw.lower()
    canonical = {
        "link": (raw.partition("://")[2].rstrip("/.,") or raw, Facet.NAME),
        "flag": (raw, Facet.NAME),
        "mark": (raw, Facet.NAME),
        "iso": (raw, Facet.DATE),
        "version": (low.removeprefix("v"), Facet.VERSION),
        "unit": (UNITS.get(low.replace(" ", ""), low), Facet.UNIT),
    }
    return canonical[kind] if kind in canonical else (_time(raw), Facet.DATE)


def _number(raw: str) -> tuple[str, Facet]:
    plain = re.sub(r"(?:st|nd|rd|th)$", "", raw.lower()).replace(",", "").replace("\u2212", "-")
    whole = plain.rstrip("0").rstrip(".") if "." in plain else plain
    year = plain.isdigit() and len(plain) == 4 and FIRST_YEAR <= int(plain) <= LAST_YEAR  # noqa: PLR2004 - digits of a year
    return whole, Facet.DATE if year else Facet.NUMBER


def _time(raw: str) -> str:
    hour, minute = (int(n) for n in [*re.findall(r"\d+", raw), "0"][:2])
    half = re.search(r"([ap])\.?m", raw.lower())
    if half:
        hour = hour % NOON + (NOON if half[1] == "p" else 0)
    return ":".join([f"{hour:02d}", f"{minute:02d}", *re.findall(r"\d+", raw)[2:]])


def _lexical(raw: str, *, inside: bool) -> tuple[str, Facet] | None:
    low, capital = raw.lower().strip("'"), raw[0].isupper()
    if low == "may" and capital and inside:
        return CALENDAR[low], Facet.DATE
    if low in LEXICON and not (low in ("mar", "march") and not capital):
        return LEXICON[low]
    if low in SMALL:
        return None
    letters = raw.replace("-", "").replace("'", "")
    if not letters.isalpha() or re.search(r"[a-z][A-Z]", letters):
        return raw, Facet.NAME
    return stem(letters.lower()), Facet.NAME if inside and capital else Facet.WORDS


ENDINGS = (("ies", "y", 3), ("sses", "ss", 3), ("ing", "", 2), ("ed", "", 2), ("es", "e", 3), ("s", "", 3))
"""(ending of a word, its replacement in the stem, fewest letters that must remain); the first that fits is used."""
SPELLINGS = (
    ("our", "or"), ("is", "iz"), ("ise", "ize"), ("yse", "yze"), ("tre", "ter"), ("ogue", "og"), ("ence", "ense"),
)  # fmt: skip
"""(British end of a stem, American end)."""


def stem(word: str) -> str:
    """Return the stem of a word, equal for its forms and for British and American spelling (after Porter 1980)."""
    word = SAME.get(word, word)
    for ending, short, letters in ENDINGS:
        left = word.removesuffix(ending)
        if left != word and len(left) >= letters and re.search("[aeiouy]", left) and not word.endswith(("ss", "eed")):
            word = SAME.get(left + short, left + short)
            break
    for old, new in SPELLINGS:
        if word.endswith(old) and len(word) > len(old) + 2:
            word = word.removesuffix(old) + new
            break
    word = re.sub(r"([b-df-hj-np-tv-z])\1$", r"\1", word)
    return SAME.get(word, word).rstrip("e")


def _counted(words: list[Word]) -> list[Word]:
    """Return the words with units after numbers marked as units, and currencies moved behind their amounts."""
    found = list(words)
    for n, word in enumerate(found[:-1]):
        if word.key in CURRENCIES and found[n + 1].facet is Facet.NUMBER:
            found[n], found[n + 1] = found[n + 1], word
    for n, word in enumerate(found[1:], start=1):
        low = word.raw.lower()
        if found[n - 1].facet is Facet.NUMBER and low in UNITS:
            found[n] = Word(word.raw, UNITS[low], Facet.UNIT, word.gap)
    return found


def _dated(words: list[Word]) -> list[Word]:
    """Return the words with day, month and year joined into one date."""
    found: list[Word] = []
    at = 0
    while at < len(words):
        date, used = _date(words[at : at + 3])
        if date is None:
            found.append(words[at])
            at += 1
        else:
            raw = " ".join(w.raw for w in words[at : at + used])
            found.append(Word(raw, date, Facet.DATE, words[at].gap))
            at += used
    return found


def _date(words: list[Word]) -> tuple[str | None, int]:
    """Return (the date with which the words begin or None, number of words in it)."""
    months = [n for n, w in enumerate(words[:2]) if w.key in MONTHS and w.facet is Facet.DATE]
    days = [n for n, w in enumerate(words[:2]) if w.facet is Facet.NUMBER and w.key.isdigit() and 1 <= int(w.key) <= 31]  # noqa: PLR2004 - days of a month
    if not months or not days:
        return None, 0
    day, month = int(words[days[0]].key), MONTHS[words[months[0]].key]
    if len(words) > 2 and words[2].facet is Facet.DATE and words[2].key.isdigit():  # noqa: PLR2004 - a year follows
        return f"{words[2].key}-{month:02d}-{day:02d}", 3
    return f"--{month:02d}-{day:02d}", 2
