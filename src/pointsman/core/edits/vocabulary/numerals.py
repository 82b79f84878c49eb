"""Numbers in one spelling: equal values get equal text, with or without groups, exponents, fractions and words."""

import re
from collections.abc import Sequence
from fractions import Fraction

DIGITS_AT_MOST = 40
"""Longest number, in characters, whose value is worked out; a longer one is compared as it is written."""
POWER_AT_MOST = 40
"""Largest exponent, without its sign, that is worked out."""
THOUSANDS = 3

SCALES = {"dozen": 12, "dozens": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_UP_TO_TWENTY = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
_TENS = "thirty forty fifty sixty seventy eighty ninety"
CARDINALS = (
    {word: number for number, word in enumerate(_UP_TO_TWENTY.split())}
    | {word: 10 * number for number, word in enumerate(_TENS.split(), start=3)}
    | SCALES
)
"""English number word → its value."""
_FOREIGN = """
2 zwei deux
3 drei trois tres
4 vier quatre cuatro
5 fünf cinq cinco
6 sechs seis
7 sieben sept siete
8 acht huit ocho
9 neun nueve
10 zehn diez
12 zwölf douze doce
20 zwanzig vingt veinte
100 hundert cent cien
1000 tausend mille mil
"""
FOREIGN = {word: line.split()[0] for line in _FOREIGN.strip().splitlines() for word in line.split()[1:]}
"""German, French or Spanish number word → its value."""
_ORDINALS = "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
ORDINALS = {word: f"{number}th" for number, word in enumerate(_ORDINALS.split(), start=2)}

NUMBER = re.compile(
    r"""(?P<sign>-?)(?P<whole>\d+)(?P<part>\.\d+)?(?:e(?P<exponent>[-+]?\d{1,3}))?
    (?:(?P<times>[x*\u00d7\u00b7]10)?\^(?P<power>[-+]?\d{1,3})|/(?P<under>\d+))?""",
    re.VERBOSE,
)
GROUPS = re.compile(
    r"(?<=\d)[ '_\u00a0\u2009\u202f](?=\d)|(?<=\d),(?=\d{3})|(?<=[x*\u00d7\u00b7])\s|\s(?=[x*\u00d7\u00b7])"
)
"""Marks between groups of digits, and spaces beside the sign of a product."""
ROMAN = re.compile(r"(?=[IVXLC])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_PARTS = """
chapter chapters part parts section article articles appendix annex title volume book phase table figure class type
stage level schedule act scene grade tier war category group
"""
PARTS = frozenset(_PARTS.split())
"""Words before a Roman number."""


def value_of(written: str) -> str:
    """Return one spelling for all ways to write a number.

    A decimal keeps zeros at its end, because 3.10 may be a version; ``without_zeros`` takes them from a quantity.

    >>> [value_of(n) for n in ("1,000", "1 000", "1e3", "10^3", "5*10^2", "1/2", "0.5", "3.10")]
    ['1000', '1000', '1000', '1000', '500', '0.5', '0.5', '3.10']
    """
    plain = GROUPS.sub("", written.lower().replace("\u2212", "-")).replace(",", ".")
    found = NUMBER.fullmatch(plain) if len(plain) <= DIGITS_AT_MOST else None
    if found is None:
        return plain
    if not any(found[name] for name in ("exponent", "power", "under")):
        return re.sub(r"^(-?)0+(?=\d)", r"\1", plain)
    value = _worked_out(found)
    return plain if value is None else _as_text(value)


def _worked_out(found: "re.Match[str]") -> Fraction | None:
    """Return the value of a number with an exponent, a power or a fraction; None where it is too large or none."""
    value = Fraction(f"{found['sign']}{found['whole']}{found['part'] or ''}")
    exponent, power = int(found["exponent"] or 0), int(found["power"] or 0)
    if max(abs(exponent), abs(power)) > POWER_AT_MOST or (found["under"] and not int(found["under"])):
        return None
    value *= Fraction(10) ** exponent
    if found["times"]:
        return value * Fraction(10) ** power
    if found["under"]:
        return value / int(found["under"])
    return value**power if found["power"] and (value or power >= 0) else value


def _as_text(value: Fraction) -> str:
    """Return a decimal if the fraction ends within ``POWER_AT_MOST`` digits, else numerator and denominator."""
    if 10**POWER_AT_MOST % value.denominator or value.numerator.bit_length() > 4 * POWER_AT_MOST:
        return f"{value.numerator}/{value.denominator}"
    digits = value.numerator * (10**POWER_AT_MOST // value.denominator)
    sign, text = "-" * (digits < 0), str(abs(digits)).rjust(POWER_AT_MOST + 1, "0")
    whole, part = text[:-POWER_AT_MOST], text[-POWER_AT_MOST:].rstrip("0")
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def without_zeros(value: str) -> str:
    """Return a quantity without zeros at its end; three digits after the point may be thousands, so they stay.

    >>> without_zeros("1.50"), without_zeros("1.500"), without_zeros("100")
    ('1.5', '1.500', '100')
    """
    _, point, part = value.partition(".")
    if not point or len(part) == THOUSANDS or not part.isdigit():
        return value
    return value.rstrip("0").rstrip(".")


def counted(words: Sequence[str]) -> int | None:
    """Return the number that English number words name; None if they name none or several.

    >>> counted(["thirty", "three"]), counted(["two", "hundred", "and", "five"]), counted(["two", "three"])
    (33, 205, None)
    """
    total, current, last = 0, 0, None
    for word in words:
        if word == "and":
            if last is None or last < SCALES["hundred"]:
                return None
            continue
        value = CARDINALS[word]
        if word in SCALES:
            scaled = max(1, current) * value
            total, current = (total, scaled) if value <= SCALES["hundred"] else (total + scaled, 0)
        elif last is None or (last >= SCALES["hundred"] and value < SCALES["hundred"]) or _unit_after_tens(last, value):
            current += value
        else:
            return None
        last = value
    return total + current if last is not None else None


def _unit_after_tens(tens: int, unit: int) -> bool:
    return 20 <= tens < SCALES["hundred"] and tens % 10 == 0 and 0 < unit < 10  # noqa: PLR2004 - as in twenty-one


def roman(word: str) -> str | None:
    """Return the value of a Roman number in capitals, up to 399; None for any other word."""
    if not ROMAN.fullmatch(word):
        return None
    values = [ROMAN_DIGITS[letter] for letter in word]
    return str(sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True)))
