"""``access.default`` and ``access.key``: what no statement means, and the name of the statement."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.adapters.parsers.document import parse_and_measure, readers
from pointsman.api.check import unstated
from pointsman.core.corpus.access import OPEN, STANDARD, AccessRule, readers_of, with_readers
from pointsman.core.index.filters import Filter
from pointsman.settings.access import Access
from pointsman.steps.observe.documents import OBSERVED
from pointsman.steps.observe.verdict_cache import count_closed
from pointsman.steps.serving.answer import search
from tests.fakes.resources import FakeResources, begun, page, run

Opened = Callable[..., FakeResources]


def with_access(resources: FakeResources, **keys: str) -> FakeResources:
    """Return the fakes after a change of ``access`` in params.yaml."""
    access = Access(**keys)  # type: ignore[arg-type]
    return replace(
        resources.with_params(access=access),
        read=partial(read_document, rule=access.rule),
        parse_and_measure=partial(parse_and_measure, rule=access.rule),
        readers=readers(rule=access.rule),
    )


def stated(nth: int, line: str) -> str:
    return f"---\n{line}\n---\n{page(nth)}"


def found_as(resources: FakeResources, *groups: str) -> set[str]:
    hits = search(resources.serving, "keeper", top_k=1000, allow=Filter(frozenset(groups)))["hits"]
    return {hit["document"] for hit in hits}


def closed_documents(resources: FakeResources) -> int:
    return count_closed(resources.memory.get(OBSERVED)["documents"].values())


def test_without_a_statement_everybody_reads_a_document_unless_the_default_is_none(opened: Opened) -> None:
    documents = {"open.md": page(1), "staff.md": stated(2, "access: [staff]"), "three.md": page(3)}
    plain = begun(with_access(opened(documents)))
    assert found_as(plain) == {"open.md", "three.md"}
    assert closed_documents(plain) == 0
    closed = with_access(plain, default="none")
    assert run(closed, approved=True).state.diff.counts["metadata"] == 2, "a changed default reads every document again"
    assert found_as(closed) == set()
    assert found_as(closed, "staff") == {"staff.md"}
    assert closed_documents(closed) == 2
    assert unstated(plain.memory, plain.params) == []
    said = [each["what"] for each in unstated(closed.memory, closed.params)]
    assert said == ["2 documents are read by nobody: without access, or with an empty one"]


def test_the_statement_may_have_another_name(opened: Opened) -> None:
    documents = {
        "a.md": stated(1, "audience: [staff]"),
        "b.md": stated(2, "access: by road"),
        "c.md": stated(3, "audeince: [staff]"),
        "d.md": page(4),
    }
    named = with_access(opened(documents), key="audience")
    run(named)
    assert found_as(named) == {"b.md", "d.md"}
    assert found_as(named, "staff") == {"a.md", "b.md", "d.md"}
    assert [(row.item, row.check) for row in named.quarantine.rows("documents")] == [("c.md", "access")]


def test_a_rule_is_part_of_how_documents_are_read() -> None:
    prints = {readers(rule=each.rule) for each in (Access(), Access(default="none"), Access(key="audience"))}
    assert len(prints) == 3
    assert readers() == readers(rule=STANDARD)


def test_readers_of_metadata_follow_the_rule() -> None:
    none, audience = AccessRule(default="none"), AccessRule("audience")
    assert [readers_of({}), readers_of({}, none), readers_of({"access": "a"}, none)] == [[OPEN], [], ["a"]]
    assert [readers_of({"access": "a"}, audience), readers_of({"audience": ["a"]}, audience)] == [[OPEN], ["a"]]
    assert with_readers({"t": "x"}, STANDARD) == {"t": "x"}
    assert with_readers({"t": "x"}, none) == {"t": "x", "access": []}
    assert with_readers({"audience": "a", "access": "b"}, audience) == {"access": "a"}
    assert with_readers({"access": "b"}, audience) == {}
