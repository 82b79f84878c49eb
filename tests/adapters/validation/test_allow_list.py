"""A person can allow what a check found: that value, in that document, until a day."""

from datetime import date
from pathlib import Path

import pytest

from pointsman.adapters.parsers.document import findings_of, parse_and_measure
from pointsman.adapters.validation.allow_list import (
    FILE,
    NOTHING_ALLOWED,
    Allowance,
    AllowList,
    add_entries,
    fingerprint,
    read_allow_list,
    salt_of,
)
from pointsman.core.errors import UsageError
from tests.adapters.validation.credentials import drawn

TODAY, LAST = date(2026, 11, 30), date(2026, 12, 31)
KEY, OTHER = drawn("AKIA[U16]", 3), drawn("AKIA[U16]", 4)
PAGE = f"# Keys\n\nThe key is {KEY} in the page.\n".encode()


def entry(document: str = "keys.md", *, until: date = LAST, value: str = KEY) -> Allowance:
    return Allowance(document, fingerprint("AWS Access Key", value, salt_of("keys.md")), by="marta", until=until)


def refused(allowed: AllowList, name: str = "keys.md", raw: bytes = PAGE) -> str | None:
    found: str | None = parse_and_measure(name, raw, allowed=allowed)[1]["secrets"]
    return found


def test_an_entry_serves_that_value_in_that_document_alone() -> None:
    allowed = AllowList((entry(),), TODAY)
    assert refused(NOTHING_ALLOWED) is not None
    assert refused(allowed) is None
    assert refused(allowed, "other.md") is not None
    assert refused(AllowList((entry("*.md"),), TODAY), "other.md") is None
    beside = PAGE + f"\nAnd {OTHER} too.\n".encode()
    assert str(refused(allowed, raw=beside)).startswith("AWS Access Key (line 5, ")
    assert str(refused(allowed, raw=beside)).count("fingerprint") == 1


def test_an_entry_ends_after_its_last_day_and_this_is_said() -> None:
    assert refused(AllowList((entry(until=TODAY),), TODAY)) is None
    ended = refused(AllowList((entry(until=date(2026, 11, 29)),), TODAY))
    assert ended is not None
    assert "allowed by marta until 2026-11-29, which is over" in ended
    assert refused(AllowList((entry(until=date(2026, 11, 29)), entry()), TODAY)) is None


def test_the_id_changes_with_an_entry_and_when_one_ends() -> None:
    ids = [AllowList().id, AllowList((entry(),), TODAY).id, AllowList((entry(),), date(2027, 1, 1)).id]
    assert len(set(ids)) == len(ids)
    assert AllowList((entry(),), LAST).id == ids[1]


def test_the_file_is_read_as_it_is_written_and_holds_no_value(tmp_path: Path) -> None:
    assert read_allow_list(tmp_path, TODAY) == AllowList(today=TODAY)
    add_entries(tmp_path, [entry()])
    (tmp_path / FILE).write_text((tmp_path / FILE).read_text() + "# seen by the team\n")
    add_entries(tmp_path, [entry("b/*.md", value=OTHER)])
    assert read_allow_list(tmp_path, TODAY).entries == (entry(), entry("b/*.md", value=OTHER))
    text = (tmp_path / FILE).read_text()
    assert "# seen by the team" in text
    assert KEY not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1", "is a dict, not a list"),
        ("- 3", "entry 1 is 3, not a mapping"),
        ("- {document: a.md}", "lacks fingerprint"),
        ("- {document: a, fingerprint: b, by: c, until: 2026-01-01, unto: d}", "unto is no key"),
        ("- [", "cannot be read"),
        ("- {document: a, fingerprint: '12', by: c, until: 2026-01-01}", "not a whole one"),
        (f"- {{document: a, fingerprint: '{'a' * 8}:{'b' * 32}', by: c, until: soon}}", "until is 'soon', not a date"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_usage_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UsageError, match=said):
        read_allow_list(tmp_path, TODAY)


def test_a_fingerprint_differs_between_documents_and_tells_nothing() -> None:
    here, there = (fingerprint("IBAN", "DE89370400440532013000", salt_of(name)) for name in ("a.md", "b.md"))
    assert here.split(":")[1] != there.split(":")[1]
    assert fingerprint("IBAN", "DE89370400440532013000", salt_of("a.md")) == here


def test_more_findings_than_are_counted_cannot_be_allowed_away() -> None:
    keys = [drawn("AKIA[U16]", n) for n in range(101)]
    raw = "\n\n".join(f"Key {key}." for key in keys).encode()
    known = findings_of("keys.md", raw)
    allowed = AllowList(tuple(entry(value=each.value) for each in known), TODAY)
    assert refused(allowed, raw=raw) is not None


def test_one_of_two_entries_of_one_day_can_be_deleted(tmp_path: Path) -> None:
    path = add_entries(tmp_path, [entry(), entry(value=OTHER)])
    head, _, last = path.read_text(encoding="utf-8").rpartition("- document")
    assert head.count("- document") == 1
    path.write_text(f"- document{last}", encoding="utf-8")
    assert refused(read_allow_list(tmp_path, TODAY), raw=PAGE.replace(KEY.encode(), OTHER.encode())) is None
