"""A changed store.formats: the documents that it concerns are edited, and no others."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.adapters.parsers.document import parse_and_measure, readers
from pointsman.adapters.parsers.formats import Formats
from tests.fakes.resources import FakeResources, begun, page, run

Opened = Callable[..., FakeResources]

RST = "Lamps\n=====\n\nThe lamp of yard {n} is lit at dusk.\n\n.. note::\n\n   See :doc:`yards` for lamp {n}.\n"


def with_formats(resources: FakeResources, mapping: Mapping[str, str]) -> FakeResources:
    """Return the fakes after a change of store.formats."""
    formats = Formats.of(mapping)
    edited = resources.with_params(store=replace(resources.params.store, formats=dict(mapping)))
    return replace(
        edited,
        read=partial(read_document, formats=formats),
        parse_and_measure=partial(parse_and_measure, formats=formats),
        readers=readers(formats),
    )


def test_a_changed_mapping_is_an_edit_of_exactly_the_documents_that_it_concerns(opened: Opened) -> None:
    documents = {f"{n}.md": page(n) for n in range(6)} | {f"ref/{n}.txt": RST.format(n=n) for n in range(2)}
    plain = begun(with_formats(opened(documents), {}))
    reads = len(plain.store.reads)
    assert run(plain).state.diff.counts["edited"] == 0
    assert len(plain.store.reads) == reads, "nothing is opened while nothing changes"
    mapped = with_formats(plain, {"*.txt": "rst"})
    outcome = run(mapped, approved=True)
    assert outcome.state.diff.edited == ("ref/0.txt", "ref/1.txt")
    assert outcome.state.diff.counts["unchanged"] == 6
    opened_again = set(plain.store.reads[reads:])
    assert opened_again == set(documents)
    reads = len(plain.store.reads)
    assert not run(mapped).state.diff, "it is seen once"
    assert len(plain.store.reads) == reads


def test_a_mapping_that_concerns_no_document_edits_none(opened: Opened) -> None:
    plain = begun(with_formats(opened({f"{n}.md": page(n) for n in range(4)}), {}))
    assert not run(with_formats(plain, {"*.txt": "rst"})).state.diff
