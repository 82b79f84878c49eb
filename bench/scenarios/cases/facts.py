"""Family *facts*: the facts in a document change. Retrieval carries facts; none is a reason to train."""

from random import Random

from bench.scenarios.cases.controls import judged_case
from bench.scenarios.cases.corpora import DATED, NEXT_EDITION, REVIEWED, dated, edition
from bench.scenarios.cases.edits import swapped, text_of, with_documents, without_documents
from bench.scenarios.world import Base, Case, Question, Scenario

FAMILY = "facts"
LAYOUT, UPGRADING = "guide/building-a-layout.md", "operations/upgrading.md"
TIMETABLES, REPLAYS, ERRORS = "guide/timetables.md", "guide/replays.md", "reference/error-codes.md"
OLD, NEW = "release-notes/4.1.md", "release-notes/4.2.md"


def one_number(base: Base, _rng: Random) -> Case:
    """The limit of signals is raised from 512 to 768."""
    world = swapped(base.world, LAYOUT, "| signals | 512 |", "| signals | 768 |")
    affected = (
        Question("signals-1", "How many signals may a layout have?", (LAYOUT,), ("signals", "768"), ("512",), "768"),
        Question("signals-2", "What is the limit of signals in one layout?", (LAYOUT,), ("768",), ("512",), "768"),
    )
    return judged_case(base, world, altered=frozenset({LAYOUT}), affected=affected)


def status_header(base: Base, _rng: Random) -> Case:
    """Release 4.2 is withdrawn: the line below its heading says so."""
    old, new = "Released on 2 March 2026.", "Withdrawn on 9 March 2026; do not install it."
    world = swapped(base.world, NEW, old, new)
    question = "Should release 4.2 be installed, or was it withdrawn?"
    affected = (
        Question("status-1", question, (NEW,), ("Withdrawn on 9 March 2026",), ("Released on 2 March",), "withdrawn"),
        Question("status-2", "status of release 4.2", (NEW,), ("Withdrawn",), ("Released on 2 March",), "ithdrawn"),
    )
    return judged_case(base, world, altered=frozenset({NEW}), affected=affected)


DRAIN = "- **Draining.** `syard drain` lets sessions end in their own time before maintenance.\n"


def moved_line(base: Base, _rng: Random) -> Case:
    """A line moves from *New* to *Deprecated*: the same characters get another meaning."""
    text = text_of(base.world, OLD).replace(DRAIN, "")
    at = text.index("## Fixed")
    world = with_documents(base.world, {OLD: f"{text[:at]}{DRAIN}\n{text[at:]}"})
    affected = (
        Question("drain-1", "Is draining with syard drain new in release 4.1 or deprecated?", (OLD,),
                 ("Deprecated", "`syard drain` lets"), ("New", "`syard drain` lets"), "eprecated"),
    )  # fmt: skip
    return judged_case(base, world, altered=frozenset({OLD}), affected=affected)


def negation(base: Base, _rng: Random) -> Case:
    """One added word reverses a piece of advice: running a command twice becomes harmful."""
    world = swapped(base.world, UPGRADING, "Running it twice is harmless.", "Running it twice is not harmless.")
    question = "Is it harmless to run syard migrate twice?"
    shows, hides = ("twice is not harmless",), ("twice is harmless",)
    affected = (
        Question("migrate-1", question, (UPGRADING,), shows, hides, "not harmless"),
        Question("migrate-2", "running syard migrate a second time", (UPGRADING,), shows, hides, "not harmless"),
    )
    return judged_case(base, world, altered=frozenset({UPGRADING}), affected=affected)


COUPLING = """---
title: Coupling and dividing
audience: [signallers]
---

# Coupling and dividing

Two trains in one platform section are coupled with the key `K`. Both must stand still, and the speed of the approach
must have been at most 8 km/h. Coupling takes 45 seconds.

## Dividing

Right-click a train and choose *Divide*. The rear half waits for 70 seconds before it may move, because its brakes
are tested. A train of fewer than 4 vehicles cannot be divided; the panel then shows SY-214.
"""


def document_added(base: Base, _rng: Random) -> Case:
    """A new page explains something that no page explained before."""
    name = "guide/coupling.md"
    affected = (
        Question("couple-1", "Which key couples two trains?", (name,), ("`K`",), (), "K"),
        Question("couple-2", "How long does coupling take?", (name,), ("45 seconds",), (), "45"),
        Question(
            "couple-3", "How long does the rear half of a divided train wait?", (name,), ("70 seconds",), (), "70"
        ),
        Question("couple-4", "What does SY-214 mean?", (name,), ("SY-214",), (), "divided"),
    )
    return judged_case(base, with_documents(base.world, {name: COUPLING}), affected=affected)


def document_deleted(base: Base, _rng: Random) -> Case:
    """The page on replays is withdrawn: its facts must no longer be served."""
    affected = (
        Question("gone-1", "How long can a comment on a replay be?", (), (), ("500 characters",), None, (REPLAYS,)),
        Question("gone-2", "Are the names of signallers part of an export?", (), (), ("--with-names",), None,
                 (REPLAYS,)),
        Question("gone-3", "Which key takes over a replay?", (), (), ("Press `T`",), None, (REPLAYS,)),
    )  # fmt: skip
    world = without_documents(base.world, [REPLAYS])
    return judged_case(base, world, altered=frozenset({REPLAYS}), affected=affected)


def new_edition(base: Base, _rng: Random) -> Case:
    """The list of error codes is replaced by a new edition under another name, with other numbers in it."""
    name = "reference/error-codes-5.md"
    text = text_of(base.world, ERRORS).replace("SY-503", "SY-603").replace("500 MB", "900 MB").replace("`F8`", "`F9`")
    world = with_documents(without_documents(base.world, [ERRORS]), {name: text.replace("20 ticks", "35 ticks")})
    affected = (
        Question("edition-1", "Which key writes a bundle for a fault report?", (name,), ("Press `F9`",),
                 ("Press `F8`",), "F9"),
        Question("edition-2", "The disk is almost full, which code do I get?", (name,), ("SY-603",),
                 ("SY-503", "mean"), "SY-603"),
        Question("edition-3", "How many slow ticks in a row lead to SY-301?", (name,), ("35 ticks",),
                 ("20 ticks in a",), "35"),
    )  # fmt: skip
    return judged_case(base, world, altered=frozenset({ERRORS}), affected=affected)


def third_revised(base: Base, _rng: Random) -> Case:
    """The next release of Flask's documentation: 21 of 75 pages change."""
    pages = {name: raw for name, raw in edition(NEXT_EDITION).items() if name in base.world.documents}
    for name in sorted(base.world.documents)[:DATED]:
        pages[name] = dated(pages[name], REVIEWED)
    altered = frozenset(name for name, raw in pages.items() if raw != base.world.documents[name])
    limits, security = "config.rst", "web-security.rst"
    affected = (
        Question("python", "Which Python versions does Flask support?", ("installation.rst",), ("3.9 and newer",),
                 ("3.8 and newer",), "3.9"),
        Question("form", "How large may a form field be that is not a file?", (limits, security),
                 ("MAX_FORM_MEMORY_SIZE",), (), "500"),
        Question("hosts", "Which setting restricts the hosts that a request may name?", (limits, security),
                 ("TRUSTED_HOSTS",), (), "TRUSTED_HOSTS"),
        Question("keys", "How are old secret keys kept valid while they are rotated?", (limits,),
                 ("SECRET_KEY_FALLBACKS",), (), "SECRET_KEY_FALLBACKS"),
        Question("options", "Which setting turns off the automatic OPTIONS method?", (limits,),
                 ("PROVIDE_AUTOMATIC_OPTIONS",), (), "PROVIDE_AUTOMATIC_OPTIONS"),
    )  # fmt: skip
    return judged_case(base, with_documents(base.world, pages), altered=altered, affected=affected)


def contradicting_duplicate(base: Base, _rng: Random) -> Case:
    """A copy of the page on timetables with other numbers is added; the original page is right."""
    text = text_of(base.world, TIMETABLES).replace("5,000 rows", "9,000 rows").replace("180 seconds", "300 seconds")
    world = with_documents(base.world, {"guide/timetables-copy.md": text})
    affected = (
        Question("rows", "How many rows may timetable.csv have at most?", (TIMETABLES,), ("5,000 rows",),
                 ("9,000 rows",), "5,000"),
        Question("late", "After how many seconds is a train late?", (TIMETABLES,), ("180 seconds",),
                 ("300 seconds",), "180"),
    )  # fmt: skip
    return judged_case(base, world, altered=frozenset({TIMETABLES}), affected=affected)


def dates_rolled(base: Base, _rng: Random) -> Case:
    """The date of the last review changes in fifty pages."""
    new = "Last reviewed: November 2026."
    names = sorted(base.world.documents)[:DATED]
    pages = {name: text_of(base.world, name).replace(REVIEWED, new) for name in names}
    probed = [q for q in base.controls if set(q.documents) <= set(names)][:8]
    affected = tuple(
        Question(f"date-{q.id}", f"When was {q.documents[0]} last reviewed? {q.text}", q.documents, (), (REVIEWED,))
        for q in probed
    )
    return judged_case(base, with_documents(base.world, pages), altered=frozenset(names), affected=affected)


SCENARIOS = (
    Scenario("one-number", FAMILY, "yard-taught", "update", "a fact is retrieved, not learned", one_number),
    Scenario("status-header", FAMILY, "yard-taught", "update", "one line turns a page's meaning", status_header),
    Scenario("moved-line", FAMILY, "yard-taught", "update", "the section a line stands in is a fact", moved_line),
    Scenario("negation", FAMILY, "yard-taught", "update", "the smallest edit, the opposite advice", negation),
    Scenario("document-added", FAMILY, "yard-taught", "update", "its chunks alone are embedded", document_added),
    Scenario("document-deleted", FAMILY, "yard-taught", "update", "its answers must vanish", document_deleted),
    Scenario("new-edition", FAMILY, "yard-taught", "update", "one page goes, one comes", new_edition),
    Scenario("third-revised", FAMILY, "flask-taught", "update", "however many facts change, none is trained in",
             third_revised),
    Scenario("contradicting-duplicate", FAMILY, "yard-taught", "hold", "a copy that disagrees needs a person",
             contradicting_duplicate),
    Scenario("dates-rolled", FAMILY, "flask-taught", "update", "fifty small facts", dates_rolled),
)  # fmt: skip
