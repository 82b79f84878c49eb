"""Family *topics*: the subject or the vocabulary of the documents changes, or the questions of users do."""

from dataclasses import replace
from random import Random

from bench.scenarios.cases.controls import judged_case
from bench.scenarios.cases.edits import of_probe, probe_of, rewritten, with_documents, without_documents
from bench.scenarios.cases.new_pages import GERMAN, KITCHEN, TELEMETRY, trade_language
from bench.scenarios.world import Base, Case, Question, Scenario

FAMILY = "topics"
PAGES = 8
"""Pages of a new topic."""


def known_topic(base: Base, _rng: Random) -> Case:
    """Three pages on the staff kitchen, in plain English."""
    affected = (
        Question("kitchen-1", "When is the coffee machine descaled?", ("house/coffee.md",), ("first Monday",), (),
                 "Monday"),
        Question("kitchen-2", "How long does food stay in the fridge before it is thrown away?", ("house/fridge.md",),
                 ("5 days",), (), "5"),
        Question("kitchen-3", "Who empties the dishwasher?", ("house/dishes.md",), ("last to leave",), (), "last"),
        Question("kitchen-4", "At what temperature is the fridge kept?", ("house/fridge.md",), ("6 degrees",), (), "6"),
    )  # fmt: skip
    return judged_case(base, with_documents(base.world, KITCHEN), affected=affected)


def unknown_words(base: Base, rng: Random) -> Case:
    """Eight pages in an invented trade language; half of the questions become probes, the other half judges."""
    pages, questions = trade_language(rng, PAGES)
    probes = (*base.world.probes, *map(probe_of, questions[1::2]))
    world = replace(with_documents(base.world, pages), probes=probes)
    return judged_case(base, world, affected=questions[::2])


def product_renamed(base: Base, _rng: Random) -> Case:
    """Product and command get new names in every page; users still ask with the old names."""

    def renamed(text: str) -> str:
        for old, new in (("Semaphore Yard", "Kilter Desk"), ("semaphore-yard", "kilter-desk"),
                         ("syard", "kdesk"), ("SYARD", "KDESK"), ("signaller", "desker")):  # fmt: skip
            text = text.replace(old, new)
        return text

    old = (
        Question("old-1", "How much disk space is needed to install Semaphore Yard?", ("guide/getting-started.md",)),
        Question("old-2", "How many signallers can join a session?", ("guide/running-a-session.md",)),
        Question("old-3", "What does syard doctor check?", ("guide/getting-started.md",)),
        Question("old-4", "Which syard command repairs points?", ("guide/running-a-session.md",)),
        Question("old-5", "How is syard upgraded from 3.x?", ("operations/upgrading.md",)),
        Question("old-6", "What may a signaller do over the HTTP API?", ("reference/http-api.rst",)),
        Question("old-7", "What is Semaphore Yard's data directory?", ("guide/getting-started.md",)),
        Question("old-8", "How do I run a restore with syard backup?", ("operations/backup-and-restore.md",)),
    )
    changed = rewritten(base.world, renamed)
    altered = frozenset(name for name, raw in changed.documents.items() if raw != base.world.documents[name])
    return judged_case(base, changed, altered=altered, affected=old)


SLANG = (
    ("gold-001", "How fat is the install on disk?"),
    ("gold-003", "hotkey to flip between driving and drawing"),
    ("gold-005", "top speed past a dolly showing white"),
    ("gold-006", "switches bust three times, how do I get them going again?"),
    ("gold-008", "biggest csv of runs I can load"),
    ("gold-010", "does the dump leak who was on the desk?"),
    ("gold-011", "char cap on sticky notes in the rewatch"),
    ("gold-014", "storage nearly full, what number pops up?"),
    ("gold-016", "stream dropped, how do I pick it up where I was?"),
    ("gold-018", "how quick over the turnout when nobody said?"),
    ("gold-020", "worst case, how much of my run is toast?"),
    ("gold-023", "how long till I can't downgrade any more?"),
)
"""(golden probe, the same question in the slang of a new team)."""


def questions_shift(base: Base, _rng: Random) -> Case:
    """A new team asks in its own slang; half of its questions become probes. No document changes."""
    rows = {str(row["id"]): row for row in base.world.probes}
    asked = tuple(replace(of_probe(rows[id_]), id=f"slang-{id_}", text=text, shows=()) for id_, text in SLANG)
    world = replace(base.world, probes=(*base.world.probes, *map(probe_of, asked[1::2])))
    return judged_case(base, world, affected=asked[::2])


def other_language(base: Base, _rng: Random) -> Case:
    """Three pages in German are added; users ask in German."""
    affected = (
        Question("de-1", "Wie lange dauert die Pause zwischen zwei Fahrstunden?", ("de/fahrschule.md",),
                 ("20 Minuten",), (), "20"),
        Question("de-2", "Wer darf die Werkstatt abschließen?", ("de/werkstatt.md",), ("Werkstattleiter",), (),
                 "Werkstattleiter"),
        Question("de-3", "Bis wann muss eine Störung gemeldet werden?", ("de/stoerung.md",), ("18 Uhr",), (), "18"),
        Question("de-4", "Wie viele Schlüssel hat die Werkstatt?", ("de/werkstatt.md",), ("drei Schlüssel",), (),
                 "drei"),
    )  # fmt: skip
    return judged_case(base, with_documents(base.world, GERMAN), affected=affected)


def topic_removed(base: Base, _rng: Random) -> Case:
    """The five pages for operators are removed; their facts must no longer be served."""
    names = frozenset(name for name in base.world.documents if name.startswith("operations/"))
    affected = tuple(
        Question(f"gone-{q.id}", q.text, gone=tuple(sorted(names)), hides=q.shows)
        for q in base.controls
        if set(q.documents) <= names
    )
    return judged_case(base, without_documents(base.world, names), altered=names, affected=affected)


def tenth_new(base: Base, _rng: Random) -> Case:
    """Eight pages on another subject are added to seventy-five."""
    pages = {f"ops/{name}": text for name, text in TELEMETRY.items()}
    affected = (
        Question("tel-1", "How long are request traces kept?", ("ops/traces.rst",), ("21 days",), (), "21"),
        Question("tel-2", "Which port does the collector listen on?", ("ops/collector.rst",), ("4327",), (), "4327"),
        Question("tel-3", "Who is paged when the error budget is spent?", ("ops/budget.rst",), ("release captain",), (),
                 "captain"),
        Question("tel-4", "How often are dashboards reviewed?", ("ops/dashboards.rst",), ("every quarter",), (),
                 "quarter"),
        Question("tel-5", "What share of traces is sampled at night?", ("ops/sampling.rst",), ("2 percent",), (), "2"),
        Question("tel-6", "In which unit are latencies exported?", ("ops/metrics.rst",), ("milliseconds",), (),
                 "milliseconds"),
    )  # fmt: skip
    return judged_case(base, with_documents(base.world, pages), affected=affected)


SCENARIOS = (
    Scenario("known-topic", FAMILY, "yard-taught", "update", "plain English is what the embedder was made for",
             known_topic),
    Scenario("unknown-words", FAMILY, "yard-taught", "retriever", "the embedder has never met these words",
             unknown_words),
    Scenario("product-renamed", FAMILY, "yard-taught", "retriever",
             "old and new name are far apart for the embedder, and the probes know both", product_renamed),
    Scenario("questions-shift", FAMILY, "yard-taught", "keep", "no document and no example says what slang means",
             questions_shift),
    Scenario("other-language", FAMILY, "yard-taught", "update", "three pages teach an embedder no language",
             other_language),
    Scenario("topic-removed", FAMILY, "yard-taught", "update", "the answers must vanish", topic_removed),
    Scenario("tenth-new", FAMILY, "flask-taught", "update", "a new subject in plain English", tenth_new),
)  # fmt: skip
