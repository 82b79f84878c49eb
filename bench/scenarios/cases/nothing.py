"""Family *nothing*: changes that cost nothing, or a patch of names and metadata."""

import re
from dataclasses import replace
from random import Random

from bench.scenarios.cases.controls import BEHAVIOUR_CONTROLS, judged_case
from bench.scenarios.cases.edits import JSON_FORM, asked, moved, rewritten, swapped, text_of, with_documents
from bench.scenarios.world import Base, Case, Question, Scenario

FAMILY = "nothing"
LAYOUT, RUNBOOK = "guide/building-a-layout.md", "operations/incident-runbook.md"


def touched_mtimes(base: Base, _rng: Random) -> Case:
    """Every file is copied again: modification times change, bytes do not."""
    return judged_case(base, replace(base.world, touched=frozenset(base.world.documents)))


def reverted_commit(base: Base, rng: Random) -> Case:
    """A commit touched a third of the pages and was reverted before the refresh."""
    names = sorted(base.world.documents)
    return judged_case(base, replace(base.world, touched=frozenset(rng.sample(names, len(names) // 3))))


PROSE = re.compile(r"(?m)^[A-Z][^\n|`<>:=*-]*\n(?:[A-Za-z][^\n|`<>:=*-]*\n)+")


def _wrapped(text: str) -> str:
    """Put every paragraph of plain prose on one line."""
    return PROSE.sub(lambda found: " ".join(found[0].splitlines()) + "\n", text)


def rewrapped(base: Base, _rng: Random) -> Case:
    """An editor wraps every paragraph differently."""
    names = [name for name in base.world.documents if name.endswith(".md")]
    return judged_case(base, rewritten(base.world, _wrapped, names))


def crlf_and_bom(base: Base, _rng: Random) -> Case:
    """A checkout on Windows: every line ends in CRLF, every file begins with a byte order mark."""
    return judged_case(base, rewritten(base.world, lambda text: "\ufeff" + text.replace("\n", "\r\n")))


def header_line_deleted(base: Base, _rng: Random) -> Case:
    """The line ``audience:`` is deleted from the front matter of every page."""
    names = [name for name in base.world.documents if "\naudience: " in text_of(base.world, name)]
    world = rewritten(base.world, lambda text: re.sub(r"(?m)^audience: .*\n", "", text, count=1), names)
    return judged_case(base, world)


def all_moved(base: Base, _rng: Random) -> Case:
    """Every page moves into a folder; probes and examples name the new paths."""
    names = {name: f"handbook/{name}" for name in base.world.documents}
    affected = tuple(
        replace(q, id=f"moved-{q.id}", documents=tuple(names[d] for d in q.documents)) for q in base.controls
    )
    spare = tuple(asked(base.spare[:BEHAVIOUR_CONTROLS], JSON_FORM)) if base.world.examples else ()
    return Case(moved(base.world, names), affected=affected, controls_asked=spare)


def one_rename(base: Base, _rng: Random) -> Case:
    """One page is renamed."""
    names = {LAYOUT: "guide/drawing-a-layout.md"}
    affected = tuple(
        replace(q, id=f"moved-{q.id}", documents=tuple(names.get(d, d) for d in q.documents))
        for q in base.controls
        if LAYOUT in q.documents
    )
    return judged_case(base, moved(base.world, names), altered=frozenset(names), affected=affected)


def title_metadata(base: Base, _rng: Random) -> Case:
    """Only the audience in the front matter of a page changes; users filter by it."""
    world = swapped(base.world, LAYOUT, "audience: [signallers]", "audience: [planners]")
    affected = tuple(
        replace(q, id=f"planners-{q.id}", where=(("audience", "planners"),), shows=())
        for q in base.controls
        if LAYOUT in q.documents
    )
    return judged_case(base, world, altered=frozenset({LAYOUT}), affected=affected)


def access_tightened(base: Base, _rng: Random) -> Case:
    """The page on monitoring becomes visible to operators only; other readers must not get it."""
    name = "operations/monitoring.md"
    world = swapped(base.world, name, "audience: [operators]", "audience: [operators]\naccess: [operators]")
    affected = tuple(Question(f"closed-{q.id}", q.text, gone=(name,)) for q in base.controls if name in q.documents)
    return judged_case(base, world, altered=frozenset({name}), affected=affected, restricted=(name,))


def comments_only(base: Base, rng: Random) -> Case:
    """A third of the pages get a comment that no reader sees."""
    names = rng.sample(sorted(base.world.documents), len(base.world.documents) // 3)
    pages = {name: f".. checked by the editors, no change of content\n\n{text_of(base.world, name)}" for name in names}
    return judged_case(base, with_documents(base.world, pages))


def typo(base: Base, _rng: Random) -> Case:
    """One word is replaced by another with the same meaning."""
    name = "guide/replays.md"
    world = swapped(base.world, name, "the original is never altered", "the original is never touched")
    affected = tuple(replace(q, id=f"typo-{q.id}") for q in base.controls if name in q.documents)
    return judged_case(base, world, altered=frozenset({name}), affected=affected)


SCENARIOS = (
    Scenario("touched-mtimes", FAMILY, "flask-taught", "keep", "no byte differs", touched_mtimes),
    Scenario("reverted-commit", FAMILY, "flask-taught", "keep", "the bytes are those that are live", reverted_commit),
    Scenario("rewrapped", FAMILY, "yard-taught", "keep", "the normalised text is equal", rewrapped),
    Scenario("crlf-and-bom", FAMILY, "yard-taught", "keep", "the normalised text is equal", crlf_and_bom),
    Scenario("header-line-deleted", FAMILY, "yard-taught", "patch", "only metadata went", header_line_deleted),
    Scenario("all-moved", FAMILY, "flask-taught", "patch", "texts keep their vectors under new names", all_moved),
    Scenario("one-rename", FAMILY, "yard-taught", "patch", "one text under a new name", one_rename),
    Scenario("metadata-filter", FAMILY, "yard-taught", "patch", "a filter must find the new value", title_metadata),
    Scenario("access-tightened", FAMILY, "yard-taught", "patch", "until then an open reader is served it",
             access_tightened),
    Scenario("comments-only", FAMILY, "flask-taught", "keep", "comments are no text of a document", comments_only),
    Scenario("typo", FAMILY, "yard-taught", "update", "one chunk is embedded; nothing is to be learned", typo),
)  # fmt: skip
