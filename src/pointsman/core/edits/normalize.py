"""The words of a text in canonical form: two wordings of the same fact should give the same words.

The lists of phrases and small words are English. For other languages case, punctuation and numbers are compared alike,
and the common negations and opposites are known; any other change is factual.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from pointsman.core.edits.tokens import CODE_TOKEN, OPERATORS, SPAN, TOKEN, is_code, link_of, plain
from pointsman.core.edits.vocabulary.dates import date_of, is_year, joined_date, time_of
from pointsman.core.edits.vocabulary.lexicon import CALENDAR, LEXICON, NEGATIONS, SMALL, Facet
from pointsman.core.edits.vocabulary.measures import CURRENCIES, SYMBOLS, unit_of
from pointsman.core.edits.vocabulary.numerals import CARDINALS, PARTS, SCALES, counted, roman, value_of, without_zeros
from pointsman.core.edits.vocabulary.stems import stem

CAMEL = re.compile("[a-z][A-Z]")
"""A capital inside a word, as identifiers have it."""
IDENTITIES = frozenset({"user", "usernam", "account", "login", "owner", "host", "hostnam", "contact", "author"})
"""Stems of words that are followed by a name: ``user: ann``."""
TITLES = frozenset({"dr", "mr", "mrs", "ms", "prof"})
"""Short words with a point that does not end a sentence; a name follows."""
NUMBER_AT_MOST = 80
"""Longest number in words, in characters."""
SHOWN_RIGHT = frozenset("\u2705\u2714\u2713\u2611\U0001f44d\U0001f7e2")
"""Ticks that say yes; the other ones say no."""


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
    code: bool = False
    """Whether it is in a line or a span of code, where capitals count."""


def words_of(line: str) -> list[Word]:
    """Return the words of a line that carry meaning, in canonical form."""
    if is_code(line):
        indent = len(line) - len(line.lstrip())
        tokens = [_code_word(token) for token in CODE_TOKEN.findall(line)]
        return [Word("", f"indent {indent}", Facet.ORDER), *tokens] if indent else tokens
    return _dated(_versions(_amounts(_numbered(list(_tokens(plain(line)))))))


def _code_word(token: str) -> Word:
    low = token.lower()
    facet = Facet.NUMBER if token.isdigit() else Facet.POLARITY if token in OPERATORS else Facet.NAME
    return Word(token, token, Facet.NEGATION if NEGATIONS.get(low) == "not" else facet, code=True)


def _tokens(text: str) -> Iterator[Word]:
    """Yield the words of a text one by one, without the ignored ones."""
    gap: list[str] = []
    begun = False
    last: Word | None = None
    for match in TOKEN.finditer(text):
        kind, raw = match.lastgroup or "", match[0]
        kind = "number" if kind == "ordinal" else kind
        span, raw = raw.startswith(SPAN), raw.lstrip(SPAN)
        found = None if kind == "stop" else _after(last, kind, raw, gap) or _word(kind, raw, inside=begun)
        if found is None:
            gap.append(raw.lower())
        else:
            if last is not None:
                yield last
            key, facet = found
            given = last is not None and last.key in IDENTITIES and gap == [":"]
            facet = Facet.NAME if (span or given) and facet is Facet.WORDS else facet
            named = begun and raw[:1].isupper()
            last = Word(raw, key, facet=facet, gap=tuple(gap), named=named, code=span)
            gap = []
        titled = last is not None and last.raw.lower() in TITLES and gap == ["."]
        begun = titled or not (kind == "stop" and raw in ".!?:")
    if last is not None:
        yield replace(last, tail=tuple(gap))


def _after(last: Word | None, kind: str, raw: str, gap: Sequence[str]) -> tuple[str, Facet] | None:
    """Return (canonical form, facet) of a word that the word before it explains: a unit, or a Roman number."""
    if kind != "word" or last is None or tuple(gap) not in ((), ("-",)):
        return None
    if last.facet is Facet.NUMBER and last.key not in ("1x", "2x") and (unit := unit_of(raw)):
        return unit, Facet.UNIT
    if last.raw.lower() in PARTS and (number := roman(raw)):
        return number, Facet.NUMBER
    return None


def _word(kind: str, raw: str, *, inside: bool) -> tuple[str, Facet] | None:
    """Return (canonical form, facet) of a token; None for an ignored word."""
    if kind == "word":
        return _lexical(raw, inside=inside)
    if kind == "number":
        return _number(raw)
    form, facet = FORMS[kind]
    return form(raw), facet


def _hex(raw: str) -> str:
    """Return a checksum in small letters, a colour with six digits, and a number of base 16 without zeros in front."""
    low = raw.lower()
    if low.startswith("0x"):
        return f"0x{low[2:].lstrip('0') or '0'}"
    return "#" + "".join(2 * digit for digit in low[1:]) if low.startswith("#") and len(low) == len("#fff") else low


def _tick(raw: str) -> str:
    return "\u2713" if raw in SHOWN_RIGHT else "\u2717"


def _unit(raw: str) -> str:
    low = raw.lower()
    return SYMBOLS.get(low.replace(" ", "").replace("°c", "°C").replace("°f", "°F"), low)


FORMS: Mapping[str, tuple[Callable[[str], str], Facet]] = {
    "link": (link_of, Facet.NAME), "flag": (str, Facet.NAME), "mark": (str, Facet.NAME), "hex": (_hex, Facet.NAME),
    "sign": (lambda raw: "about" if raw in ("~", "≈") else raw, Facet.NUMBER), "tick": (_tick, Facet.POLARITY),
    "iso": (str, Facet.DATE), "date": (date_of, Facet.DATE), "time": (time_of, Facet.DATE), "unit": (_unit, Facet.UNIT),
    "version": (lambda raw: raw.lower().removeprefix("v"), Facet.VERSION),
}  # fmt: skip
"""Kind of token → (its canonical form, its facet); numbers and words have their own functions."""


def _number(raw: str) -> tuple[str, Facet]:
    if raw[-1].isalpha():
        return f"{value_of(raw[:-2])}th", Facet.NUMBER
    whole = raw if raw.isdigit() and raw[0] != "0" else value_of(raw)
    return whole, Facet.DATE if is_year(whole) and raw == whole else Facet.NUMBER


def _lexical(raw: str, *, inside: bool) -> tuple[str, Facet] | None:
    low, capital = raw.lower().strip("'"), raw[0].isupper()
    if low == "may" and capital and inside:
        return CALENDAR[low], Facet.DATE
    if low in LEXICON and not (low in ("mar", "march") and not capital):
        return LEXICON[low]
    if "-" in low and (number := _hyphened(low)) is not None:
        return str(number), Facet.NUMBER
    if low in SMALL:
        return None
    letters = raw.replace("-", "").replace("'", "")
    if not letters.isalpha() or CAMEL.search(letters):
        return raw, Facet.NAME
    return stem(letters.lower()), Facet.NAME if inside and capital else Facet.WORDS


def _hyphened(low: str) -> int | None:
    """Return the number that a word such as ``thirty-three`` names; None for any other word."""
    parts = low.split("-")
    return counted(parts) if all(part in CARDINALS for part in parts) else None


def _numbered(words: list[Word]) -> list[Word]:
    """Return the words with number words joined: ``two hundred``, ``5 million``. A third of something is a fraction."""
    found: list[Word] = []
    for n, word in enumerate(words):
        low, last = word.raw.lower(), found[-1] if found else None
        if low == "third":
            after = words[n + 1].gap if n + 1 < len(words) else word.tail
            word = replace(word, key="1/3" if "a" in word.gap or "of" in after else "3th")  # noqa: PLW2901 - one word
        joined = _joined(last, low, word.gap) if last is not None and low in CARDINALS else None
        if last is not None and joined is not None:
            found[-1] = replace(last, raw=f"{last.raw} {word.raw}", key=joined, tail=word.tail)
        else:
            found.append(word)
    return found


def _joined(last: Word, low: str, gap: Sequence[str]) -> str | None:
    """Return the number that ``last`` and a number word after it make together; None if they make none."""
    if last.facet is not Facet.NUMBER or tuple(gap) not in ((), ("and",)) or len(last.raw) > NUMBER_AT_MOST:
        return None
    parts = [*last.raw.lower().replace("-", " ").split(), *gap, low]
    if all(part in CARDINALS or part == "and" for part in parts):
        number = counted(parts)
        return None if number is None else str(number)
    if low in SCALES and not gap and re.fullmatch(r"\d+(?:\.\d+)?", last.key):
        return without_zeros(value_of(f"{last.key}e{len(str(SCALES[low])) - 1}")) if low != "dozen" else None
    return None


def _amounts(words: list[Word]) -> list[Word]:
    """Return the words with currencies behind their amounts, and quantities without zeros at their end."""
    found = list(words)
    for n, word in enumerate(found[:-1]):
        if word.key in CURRENCIES and found[n + 1].facet is Facet.NUMBER:
            found[n], found[n + 1] = found[n + 1], word
    for n, word in enumerate(found):
        measured = n + 1 < len(found) and found[n + 1].facet is Facet.UNIT
        if word.facet is Facet.NUMBER and (measured or word.key.startswith("0.") or word.key.endswith(".0")):
            found[n] = replace(word, key=without_zeros(word.key))
    return found


def _versions(words: list[Word]) -> list[Word]:
    """Return the words with decimals after a name marked as versions: ``Python 3.10``."""
    found = list(words)
    for n, word in enumerate(found[1:], start=1):
        before = found[n - 1]
        of = before.named or before.facet is Facet.NAME or before.key in ("version", "releas")
        if word.facet is Facet.NUMBER and "." in word.key and of and not word.gap:
            found[n] = replace(word, facet=Facet.VERSION)
    return found


def _dated(words: list[Word]) -> list[Word]:
    """Return the words with day, month and year joined into one date."""
    found: list[Word] = []
    at = 0
    while at < len(words):
        near = takewhile(lambda word: word.facet in (Facet.DATE, Facet.NUMBER), words[at : at + 3])
        date, used = joined_date([word.key for word in near])
        if date is None:
            found.append(words[at])
            at += 1
        else:
            raw = " ".join(w.raw for w in words[at : at + used])
            found.append(Word(raw, date, Facet.DATE, words[at].gap))
            at += used
    return found
