"""Units of measurement. Their case matters: 10 MB are eight times 10 Mb, and 10 MW a thousand million times 10 mW."""

CURRENCIES = frozenset({"€", "$", "£", "¥", "₹", "₽", "₩"})

_WORDS = """
ms millisecond milliseconds msec
s sec secs second seconds
min mins minute minutes
h hr hrs hour hours
d day days
week weeks
month months
year years
B byte bytes
bit bits
KB kilobyte kilobytes
MB megabyte megabytes
GB gigabyte gigabytes
TB terabyte terabytes
kbit kilobit kilobits
Mbit megabit megabits
Gbit gigabit gigabits
KiB kibibyte kibibytes
MiB mebibyte mebibytes
GiB gibibyte gibibytes
TiB tebibyte tebibytes
% percent pct
pp point points
‰ permille
mm millimetre millimetres millimeter millimeters
cm centimetre centimetres centimeter centimeters
m metre metres meter meters
km kilometre kilometres kilometer kilometers
mi mile miles
ft foot feet
yd yard yards
km/h kph kmh
mph
kn knot knots
kg kilogram kilograms kilo kilos
g gram grams
mg milligram milligrams
\u03bcg microgram micrograms mcg
t ton tons tonne tonnes
lb lbs pound pounds
oz ounce ounces
l litre litres liter liters
ml millilitre millilitres milliliter milliliters
gal gallon gallons
°C celsius
°F fahrenheit
K kelvin
W watt watts
mW milliwatt milliwatts
kW kilowatt kilowatts
MW megawatt megawatts
V volt volts
A amp amps ampere amperes
\u03a9 ohm ohms
Hz hertz
kHz kilohertz
MHz megahertz
GHz gigahertz
Pa pascal pascals
bar bars
J joule joules
cal calorie calories
kcal kilocalorie kilocalories
px pixel pixels
rpm
dpi
€ eur euro euros
$ usd dollar dollars
£ gbp
¥ jpy yen
₹ inr rupee rupees
CHF chf franc francs
CNY cny yuan
cent cents
"""
UNITS = {word.lower(): line.split()[0] for line in _WORDS.strip().splitlines() for word in line.split()[1:]}
"""Name of a unit in small letters → its symbol."""

_PREFIXES = ("", "p", "n", "\u03bc", "u", "m", "c", "d", "h", "k", "K", "M", "G", "T", "P")
_BASES = (
    "m", "g", "s", "A", "K", "mol", "cd", "Hz", "N", "Pa", "J", "W", "C", "V", "F", "\u03a9", "S", "Wb", "T", "H", "lm",
    "lx", "Bq", "Gy", "Sv", "l", "L", "B", "b", "bit", "eV", "Wh", "VA", "VAr", "Ah", "cal", "bar", "bps", "Bps", "m2",
    "m3", "dB",
)  # fmt: skip
_ALONE = (
    "h", "d", "min", "ha", "ft", "yd", "mi", "lb", "oz", "gal", "px", "pt", "em", "kn", "mph", "rpm", "dpi", "bp",
    "KiB", "MiB", "GiB", "TiB", "Kib", "Mib", "Gib", "Tib", "CHF", "CNY",
)  # fmt: skip
SYMBOLS = {p + base: (p.replace("u", "\u03bc") + base.replace("L", "l")) for p in _PREFIXES for base in _BASES} | {
    symbol: symbol for symbol in (*_ALONE, *UNITS.values())
}
"""Symbol of a unit, in its exact letters → the one spelling of it."""
PREPOSITIONS = frozenset({"a", "as", "am", "at", "in", "an"})
"""Small words that look like a symbol."""


def unit_of(word: str) -> str | None:
    """Return the symbol of the unit that a word after a number names; None if it names none.

    >>> unit_of("MB"), unit_of("Mb"), unit_of("kilometres"), unit_of("tracks")
    ('MB', 'Mb', 'km', None)
    """
    if word in PREPOSITIONS:
        return None
    whole = SYMBOLS.get(word) or UNITS.get(word.lower())
    if whole is not None:
        return whole
    if "/" in word:
        parts = [SYMBOLS.get(part) or UNITS.get(part.lower()) or part.lower() for part in word.split("/")]
        return "/".join(parts) if parts[0] in SYMBOLS else None
    if len(word) == 1 and word.isascii() and word.lower() != "x":
        return word
    low = word.lower()
    return SYMBOLS.get(low) if len(word) > 1 and low != word and low not in PREPOSITIONS else None
