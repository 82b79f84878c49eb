"""English word lists: words that can change a fact, words that cannot, and words with the same meaning."""

import re
from enum import StrEnum


class Facet(StrEnum):
    """Kind of thing that an edit changed."""

    NUMBER = "number"
    DATE = "date"
    UNIT = "unit"
    VERSION = "version"
    NAME = "name"
    NEGATION = "negation"
    MODALITY = "modality"
    POLARITY = "polarity"
    SECTION = "section"
    ORDER = "order"
    ADDED = "added"
    REMOVED = "removed"
    WORDS = "words"
    """Other words, which may change the meaning."""


def _table(text: str) -> dict[str, str]:
    """Return the first word of each line, by every word of the line."""
    return {word: line.split()[0] for line in text.strip().splitlines() for word in line.split()}


NEGATIONS = _table("""
not
no
never
without
none
neither
nor
nothing
nobody
nowhere
hardly
""")
MODALS = _table("""
must shall
should ought
may
might perhaps maybe possibly
can
could
always
usually generally normally typically
sometimes occasionally
often frequently
rarely seldom
required mandatory obligatory compulsory
optional
recommended
permitted allowed
forbidden prohibited
""")
POLAR = _table("""
all every each
some
most
many
few
several
any
only solely
both
or either
unless
except
was were
until
before prior
after
above
below beneath
over
under
from
within
outside
inside
during
instead
least
than
minimum
maximum
first
last
left
right
off
up
down
more
less fewer
atmost
atleast
""")
CALENDAR = _table("""
january jan
february feb
march mar
april apr
may
june jun
july jul
august aug
september sep sept
october oct
november nov
december dec
""")
MONTHS = {name: number for number, name in enumerate(dict.fromkeys(CALENDAR.values()), start=1)}
DATES = _table("""
monday mondays
tuesday tuesdays
wednesday wednesdays
thursday thursdays
friday fridays
saturday saturdays
sunday sundays
hourly
daily
nightly
weekly
monthly
quarterly
yearly annually annual
today
tomorrow
yesterday
day days
week weeks
month months
quarter quarters
year years
""")
UNITS = _table("""
ms millisecond milliseconds msec
s sec secs second seconds
min mins minute minutes
h hr hrs hour hours
d day days
week weeks
month months
year years
b byte bytes
kb kilobyte kilobytes
mb megabyte megabytes
gb gigabyte gigabytes
tb terabyte terabytes
kib
mib
gib
tib
% percent pct
mm millimetre millimetres millimeter millimeters
cm centimetre centimetres centimeter centimeters
m metre metres meter meters
km kilometre kilometres kilometer kilometers
mile miles mi
km/h kph kmh
mph
kg kilogram kilograms kilo kilos
g gram grams
mg milligram milligrams
\u03bcg microgram micrograms mcg
l litre litres liter liters
°c celsius
°f fahrenheit
€ eur euro euros
$ usd dollar dollars
£ gbp
""")
CURRENCIES = frozenset({"€", "$", "£"})
_UP_TO_TWENTY = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
COUNTS = {word: str(number) for number, word in enumerate(_UP_TO_TWENTY.split())} | {
    "once": "1x", "twice": "2x", "half": "1/2", "third": "1/3", "thirds": "1/3", "thirty": "30", "forty": "40",
    "fifty": "50", "sixty": "60", "hundred": "100", "thousand": "1000", "million": "1000000", "dozen": "12",
}  # fmt: skip
SAME = _table("""
use utilise utilize employ
large big
start begin commence
choose pick select
get obtain
show display
see
ensure
help assist
delete erase
end finish
need
allow enable
whole entire
about approximately roughly
because since
so therefore hence thus
""")
PHRASES = tuple(
    (re.compile(rf"(?<!\w)(?:{old})(?!\w)", re.IGNORECASE), new)
    for old, new in (
        (r"can ?not|can't", "can not"), (r"won't", "not"), (r"(\w+)n't", r"\1 not"), (r"let's", ""),
        (r"(\w+)'(?:s|re|ve|ll|d|m)", r"\1"),
        (r"in order to", "to"), (r"(?:please )?note that|please", ""), (r"for (?:example|instance)|e\.g\.", ""),
        (r"i\.e\.|that is to say", ""), (r"due to the fact that|owing to|due to", "because"), (r"as well as", "and"),
        (r"as well", ""), (r"it is possible to|(?:is|are|be) able to", "can"), (r"makes? it possible to", "allow"),
        (r"(?:has|have|need|needs) to|(?:is|are) (?:required|obliged) to", "must"), (r"as soon as", "when"),
        (r"makes? sure(?: that)?", "ensure"), (r"have a look at|look at|take a look at", "see"),
        (r"at most|no more than|up to", "atmost"), (r"at least|no less than|no fewer than", "atleast"),
        (r"more than", "over"), (r"(?:less|fewer) than", "under"), (r"with respect to|regarding|concerning", "about"),
        (r"in the event that|in case", "if"), (r"which means that", "so"), (r"is not able to", "can not"),
    )
)  # fmt: skip
"""(pattern of a phrase, the short form with the same meaning)."""

_SMALL = """
a an the this that these those it its he she they we you i his her their our your them us who whom which
is are am be been being has have had do does did will would there here of in on at for to by with as into onto and
but then also too however so because if when while where whose just simply really very quite basically actually
easily please again now let next thus upon via per such
"""
SMALL = frozenset(_SMALL.split())
"""Ignored words: a change of them alone is a change of wording. Words that can change a fact are not here."""

JOINERS = frozenset({"and", ",", "of", "if", "when", "that", "which", "who", ";"})
"""Words and marks between two parts of a sentence that may swap places without a change of meaning."""


LEXICON: dict[str, tuple[str, Facet]] = {
    word: (key, facet)
    for facet, table in (
        (Facet.NUMBER, COUNTS), (Facet.DATE, DATES), (Facet.DATE, CALENDAR), (Facet.POLARITY, POLAR),
        (Facet.MODALITY, MODALS), (Facet.NEGATION, NEGATIONS),
    )
    for word, key in table.items()
}  # fmt: skip
"""Word that can change a fact → (canonical form, kind of fact)."""
