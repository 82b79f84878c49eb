"""The allow-list takes effect at the next refresh, and a document whose allowance has ended is served no longer."""

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.validation.allow_list import Allowance, AllowList, fingerprint, salt_of
from pointsman.adapters.validation.findings import screen
from pointsman.steps.ledger.releases import load_release, manifest_of
from pointsman.steps.refresh.report import as_report
from tests.adapters.validation.credentials import drawn
from tests.fakes.resources import FakeResources, fake_resources, run

KEY = drawn("AKIA[U16]", 5)
PAGE = f"# Keys\n\nThe key of the yard is {KEY} as everybody knows by now.\n"
TODAY = date(2026, 11, 30)


def resources_with(
    scratch: Path, *entries: Allowance, documents: dict[str, bytes | str] | None = None
) -> FakeResources:
    opened = fake_resources(scratch, documents)
    return under(opened, AllowList(entries, TODAY))


def under(opened: FakeResources, allowed: AllowList) -> FakeResources:
    """Return the same workspace under another allow-list."""
    return replace(
        opened, parse_and_measure=partial(parse_and_measure, allowed=allowed), allowed=allowed.id, screen=screen
    )


def entry(until: date = TODAY, document: str = "keys.md") -> Allowance:
    return Allowance(document, fingerprint("AWS Access Key", KEY, salt_of("keys.md")), by="marta", until=until)


def served(resources: FakeResources) -> set[str]:
    pointer = resources.ledger.pointer()
    return (
        set(manifest_of(resources.ledger, load_release(resources.ledger, pointer["release"])).entries)
        if pointer
        else set()
    )


PAGES: dict[str, bytes | str] = {
    "keys.md": PAGE,
    **{f"{n}.md": f"# Page {n}\n\nThe gate {n} of the yard opens at {n} in the morning.\n" for n in range(9)},
}


def test_a_new_entry_takes_effect_at_the_next_refresh(tmp_path: Path) -> None:
    resources = resources_with(tmp_path, documents=dict(PAGES))
    run(resources)
    assert "keys.md" not in served(resources)
    assert as_report(resources.params, run(resources))["changes"]["quarantined"] == 1
    opened = under(resources, AllowList((entry(),), TODAY))
    run(opened, approved=True)
    assert "keys.md" in served(opened)
    assert not opened.quarantine.rows("documents")


def test_only_documents_with_findings_are_opened_again_for_a_new_entry(tmp_path: Path) -> None:
    resources = resources_with(tmp_path, documents=dict(PAGES))
    run(resources)
    opened: list[str] = []
    allowed = AllowList((entry(),), TODAY)

    def measured(document: str, raw: bytes) -> object:
        opened.append(document)
        return parse_and_measure(document, raw, allowed=allowed)

    run(replace(under(resources, allowed), parse_and_measure=measured), approved=True)  # type: ignore[arg-type]
    assert set(opened) == {"keys.md"}


def test_an_entry_that_ends_takes_the_document_from_readers(tmp_path: Path) -> None:
    resources = resources_with(tmp_path, entry(), documents=dict(PAGES))
    run(resources)
    assert "keys.md" in served(resources)
    ended = under(resources, AllowList((entry(),), date(2026, 12, 1)))
    run(ended, approved=True)
    assert "keys.md" not in served(ended)
    [row] = ended.quarantine.rows("documents")
    assert "allowed by marta until 2026-11-30, which is over" in row.reason


def test_a_renamed_copy_does_not_inherit_the_entry(tmp_path: Path) -> None:
    resources = resources_with(tmp_path, entry(), documents=dict(PAGES))
    run(resources)
    resources.store.remove("keys.md")
    resources.store.write("other.md", PAGE)
    run(resources, approved=True)
    assert "other.md" not in served(resources)


def test_an_edit_that_adds_a_key_keeps_the_version_without_it(tmp_path: Path) -> None:
    resources = resources_with(tmp_path, documents=dict(PAGES))
    run(resources)
    resources.store.write("3.md", f"# Page 3\n\nThe key of gate 3 is {KEY} from now on.\n")
    run(resources, approved=True)
    assert "3.md" in served(resources)


def test_examples_and_probes_that_hold_a_key_are_refused(tmp_path: Path) -> None:
    resources = resources_with(tmp_path, documents=dict(PAGES))
    messages = [{"role": "user", "content": "Which key?"}, {"role": "assistant", "content": f"It is {KEY}."}]
    resources.examples.write([{"id": "e1", "messages": messages}], "a.jsonl")
    resources.probes.write([{"question": f"What is {KEY} for?", "documents": ["1.md"]}], "p.jsonl")
    run(resources)
    said = [row for suite in ("examples", "probes") for row in resources.quarantine.rows(suite)]
    assert [(row.item, row.check) for row in said] == [("a.jsonl:1", "secrets"), ("p.jsonl:1", "secrets")]
    assert all(KEY not in row.reason for row in said)
    assert "(message 2)" in said[0].reason
