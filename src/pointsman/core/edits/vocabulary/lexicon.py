"""Word lists: words that can change a fact, words that cannot, and words with the same meaning."""

import re
from enum import StrEnum

from pointsman.core.edits.vocabulary.numerals import CARDINALS, FOREIGN, ORDINALS


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
mustnot
maynot
shouldnot
avoid avoids avoided avoiding
refuse refuses refused refusing
fail fails failed failing
lack lacks lacked lacking
unable
nicht
kein keine keinen keiner keinem keines
nie niemals
nichts
niemand
weder
ohne
pas
jamais
sans
aucun aucune
nunca jam\u00e1s
sin
ning\u00fan ninguno ninguna
nada
nadie
tampoco
non
senza
nessuno nessuna
n\u00e3o
sem
niet
geen
nooit
zonder
\u043d\u0435
\u043d\u0435\u0442
\u043d\u0438\u043a\u043e\u0433\u0434\u0430
\u0431\u0435\u0437
""")
"""English first, then German, French, Spanish, Italian, Portuguese, Dutch and Russian."""
MODALS = _table("""
must shall
should ought
may
neednot
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
permitted allowed permissible
forbidden prohibited disallowed
""")
"""Modal words, and "must not", "may not", "should not" and "need not", which are one word each in canonical form."""
OBLIGATION = (
    dict.fromkeys(("must", "required"), "must") | dict.fromkeys(("should", "recommended"), "should")
    | dict.fromkeys(("may", "can", "could", "might", "permitted", "optional", "neednot"), "may")
    | dict.fromkeys(("forbidden", "mustnot", "maynot"), "not") | {"shouldnot": "shouldnot"}
    | {word: word for word in ("always", "usually", "sometimes", "often", "rarely")}
)  # fmt: skip
"""Canonical modal word → what it lays down. Two words with one value may stand for each other."""
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
out
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
_MONTHS_ELSEWHERE = """
january januar janvier enero
february februar f\u00e9vrier febrero
march m\u00e4rz marzo
april avril abril
may mai mayo
june juni juin junio
july juli juillet julio
august ao\u00fbt agosto
september septembre septiembre
october oktober octobre octubre
november novembre noviembre
december dezember d\u00e9cembre diciembre
"""
CALENDAR |= _table(_MONTHS_ELSEWHERE)
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
COUNTS = (
    {word: str(number) for word, number in CARDINALS.items()} | FOREIGN | ORDINALS
    | {"once": "1x", "twice": "2x", "half": "0.5", "thirds": "1/3"}
)  # fmt: skip
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
        (r"i\.e\.|that is to say", ""),
        (r"(?:do|does|did) not (?:have|need) to|need not", "neednot"), (r"(?:must|shall) not", "mustnot"),
        (r"may not|(?:is|are) not (?:allowed|permitted) to|(?:is|are) (?:forbidden|prohibited) to", "maynot"),
        (r"should not", "shouldnot"), (r"(?:is|are) (?:allowed|permitted) to", "may"),
        (r"percentage points?", "pp"), (r"(?:every|each) day", "daily"),
        (r"(?:every|each) (hour|week|month|year)", r"\1ly"),
        (r"due to the fact that|owing to|due to", "because"), (r"as well as", "and"),
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
