"""What every validator must do: the fake and Great Expectations alike."""

import math
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.parsers.dispatch import measure_document
from pointsman.adapters.stores.open import open_store
from pointsman.adapters.validation.cached import CachedValidator
from pointsman.adapters.validation.great_expectations import GxValidator
from pointsman.adapters.validation.secrets import find_secrets
from pointsman.core.errors import UsageError
from pointsman.ports.validation import Rows, Validator
from pointsman.settings.params import Guard
from tests.fakes.validator import FakeValidator

GUARD = Guard()
REAL = GxValidator(GUARD, max_tokens=1024, max_chunk_tokens=200)
"""One for the module: its context is made once."""


@pytest.fixture(params=["fake", "great expectations", "remembered"])
def validator(request: pytest.FixtureRequest, tmp_path: Path) -> Validator:
    if request.param == "fake":
        return FakeValidator(GUARD, max_tokens=1024, max_chunk_tokens=200)
    return REAL if request.param == "great expectations" else CachedValidator(REAL, tmp_path / "verdicts.sqlite")


def document(item: str = "a.rst", **columns: Any) -> dict[str, Any]:
    sound = {
        "item": item,
        "size": 100,
        "problem": None,
        "is_binary": False,
        "utf8_ok": True,
        "words": 50,
        "link_share": 0.1,
        "copies": 0,
        "secrets": None,
        "personal": None,
    }
    return {**sound, **columns}


def example(item: str = "e1", **columns: Any) -> dict[str, Any]:
    sound = {
        "item": item,
        "parse_error": None,
        "roles_ok": True,
        "last_is_assistant": True,
        "completion_length": 20,
        "missing_cites": None,
        "id_of": None,
        "duplicate_of": None,
        "contradicts": None,
        "tokens": 90,
    }
    return {**sound, **columns}


def row_of(item: str, raw: bytes, copies: int = 0) -> dict[str, Any]:
    """Return the row that a document's bytes make."""
    known = measure_document(item, raw)
    secrets = ", ".join(find_secrets(raw.decode())) or None if known.utf8_ok else None
    return document(
        item,
        size=len(raw),
        is_binary=known.is_binary,
        utf8_ok=known.utf8_ok,
        words=known.words,
        link_share=known.link_share,
        copies=copies,
        secrets=secrets,
    )


def names(validator: Validator, suite: str, *rows: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item, check) for item, check, _ in validator.refuse(suite, rows)]


def test_sound_rows_are_not_refused(validator: Validator) -> None:
    assert validator.refuse("documents", [document()]) == []
    assert validator.refuse("examples", [example()]) == []
    assert validator.refuse("chunks", [{"item": "c", "tokens": 5, "text_length": 9, "document": "a.rst"}]) == []
    probe = {"item": "p", "parse_error": None, "question_length": 12, "missing_documents": None}
    assert validator.refuse("probes", [probe]) == []


def test_no_rows_are_no_work(validator: Validator) -> None:
    assert validator.refuse("documents", []) == []


def test_an_unknown_suite_is_a_usage_error(validator: Validator) -> None:
    with pytest.raises(UsageError, match="documents, chunks, examples, probes"):
        validator.refuse("nonsense", [document()])


@pytest.mark.parametrize(
    ("column", "kept", "refused", "check"),
    [
        ("size", GUARD.max_bytes, GUARD.max_bytes + 1, "size"),
        ("words", GUARD.min_words, GUARD.min_words - 1, "words"),
        ("link_share", GUARD.max_link_share, GUARD.max_link_share + 0.001, "navigation"),
        ("copies", GUARD.max_copies - 1, GUARD.max_copies, "copies"),
        ("is_binary", False, True, "text"),
        ("utf8_ok", True, False, "utf8"),
        ("problem", None, "symbolic link out of the store", "readable"),
        ("unreadable", None, "is encrypted; save it without a password or exclude it", "format"),
        ("secrets", None, "AWS Access Key (line 3)", "secrets"),
        ("personal", None, "IBAN (line 3)", "personal"),
    ],
)
def test_both_sides_of_every_limit_of_a_document(
    validator: Validator, column: str, kept: Any, refused: Any, check: str
) -> None:
    rows = [document("kept", **{column: kept}), document("refused", **{column: refused})]
    assert names(validator, "documents", *rows) == [("refused", check)]


@pytest.mark.parametrize(
    ("column", "kept", "refused", "check"),
    [
        ("parse_error", None, "line 3 is no JSON", "parses"),
        ("roles_ok", True, False, "roles"),
        ("last_is_assistant", True, False, "assistant_last"),
        ("completion_length", 1, 0, "completion"),
        ("missing_cites", None, "gone.rst", "cites"),
        ("id_of", None, "e0", "id"),
        ("duplicate_of", None, "e0", "unique"),
        ("contradicts", None, "e0", "consistent"),
        ("tokens", 1024, 1025, "tokens"),
    ],
)
def test_both_sides_of_every_limit_of_an_example(
    validator: Validator, column: str, kept: Any, refused: Any, check: str
) -> None:
    rows = [example("kept", **{column: kept}), example("refused", **{column: refused})]
    assert names(validator, "examples", *rows) == [("refused", check)]


def test_both_sides_of_every_limit_of_a_chunk(validator: Validator) -> None:
    rows: list[dict[str, Any]] = [
        {"item": "kept", "tokens": 200, "text_length": 1, "document": "a"},
        {"item": "long", "tokens": 201, "text_length": 900, "document": "a"},
        {"item": "empty", "tokens": 0, "text_length": 0, "document": "a"},
    ]
    assert names(validator, "chunks", *rows) == [("long", "tokens"), ("empty", "text")]


def test_both_sides_of_every_limit_of_a_probe(validator: Validator) -> None:
    rows: list[dict[str, Any]] = [
        {"item": "kept", "parse_error": None, "question_length": 1, "missing_documents": None},
        {"item": "bad", "parse_error": "no JSON", "question_length": None, "missing_documents": None},
        {"item": "mute", "parse_error": None, "question_length": 0, "missing_documents": "gone.rst"},
    ]
    assert names(validator, "probes", *rows) == [("bad", "parses"), ("mute", "question"), ("mute", "documents")]


def test_the_reason_states_value_limit_and_way_out(validator: Validator) -> None:
    [(item, check, reason)] = validator.refuse("documents", [document("big.rst", size=52_428_800)])
    assert (item, check) == ("big.rst", "size")
    assert reason == ("document has 52428800 bytes, the limit is 5000000; raise guard.max_bytes or exclude it")


def test_what_was_not_measured_is_not_refused(validator: Validator) -> None:
    unread = document("big.rst", size=52_428_800, is_binary=None, utf8_ok=None, words=None, link_share=math.nan)
    assert names(validator, "documents", unread, {"item": "bare"}) == [("big.rst", "size")]


def test_a_row_that_fails_several_checks_comes_back_for_each(validator: Validator) -> None:
    rows = [document("a", words=0), document("b", words=0, size=9_999_999, secrets="JSON Web Token (line 1)")]
    assert names(validator, "documents", *rows) == [
        ("a", "words"),
        ("b", "size"),
        ("b", "words"),
        ("b", "secrets"),
    ]


def test_all_of_300_bad_rows_come_back_with_their_own_reason(validator: Validator) -> None:
    rows = [document(f"{n:03}.rst", size=6_000_000 + n) for n in range(300)]
    refused = validator.refuse("documents", rows)
    assert [item for item, _, _ in refused] == [f"{n:03}.rst" for n in range(300)]
    assert all(f"has {6_000_000 + n} bytes" in reason for n, (_, _, reason) in enumerate(refused))


def test_rows_with_the_same_item_are_told_apart(validator: Validator) -> None:
    rows = [example("e", tokens=2000), example("e"), example("e", tokens=3000)]
    reasons = [reason for _, _, reason in validator.refuse("examples", rows)]
    assert ["2000 tokens" in reasons[0], "3000 tokens" in reasons[1], len(reasons)] == [True, True, 2]


def test_values_with_braces_and_percent_signs_are_quoted_as_they_are(validator: Validator) -> None:
    [(_, _, reason)] = validator.refuse("examples", [example(missing_cites="{value} %s {0}.rst")])
    assert "{value} %s {0}.rst" in reason


def test_twenty_of_500_identical_documents_are_kept(validator: Validator) -> None:
    rows = [row_of(f"{n:03}.rst", b"The same few words in every file.\n", copies=n) for n in range(500)]
    refused = names(validator, "documents", *rows)
    assert refused == [(f"{n:03}.rst", "copies") for n in range(20, 500)]


AWS_KEY = "AK" + "IA" + "Q3EGRI7PLMZX2WBV"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"
"""Put together here, so that no file of the repository holds what looks like a credential."""

BAD = [
    ("empty.rst", b"", "words"),
    ("binary.rst", b"\x7fELF\x02\x01\x01\0\0\0 some words in it", "text"),
    ("utf16.rst", "some words in another encoding".encode("utf-16"), "text"),
    ("latin1.rst", "caf\xe9 au lait with words".encode("latin-1"), "utf8"),
    ("nav.rst", b"Contents\n====\n\n.. toctree::\n   :maxdepth: 2\n\n   one\n   two\n   three\n", "navigation"),
    ("nav.md", b"# All the pages\n\n- [One](one.md)\n- [Two](two.md)\n- [Three](three.md)\n", "navigation"),
    ("aws.rst", f"Use the key {AWS_KEY} for it.\n".encode(), "secrets"),
    ("key.md", f"Install this:\n\n    {PRIVATE_KEY}\n".encode(), "secrets"),
]


@pytest.mark.parametrize(("item", "raw", "check"), BAD, ids=[item for item, _, _ in BAD])
def test_a_bad_document_is_refused_for_its_reason(validator: Validator, item: str, raw: bytes, check: str) -> None:
    assert (item, check) in names(validator, "documents", row_of(item, raw))


def test_a_credential_never_stands_in_the_reason(validator: Validator) -> None:
    [(_, check, reason)] = validator.refuse("documents", [row_of("aws.rst", f"Use the key {AWS_KEY} here.".encode())])
    assert check == "secrets"
    assert AWS_KEY not in reason
    assert "AWS Access Key (line 1)" in reason


def test_examples_in_documentation_are_no_credentials() -> None:
    text = """
    app.config.update(SECRET_KEY='192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf')
    SQLALCHEMY_DATABASE_URI = "postgresql://user:password@localhost/db"
    password = generate_password_hash("correct horse battery staple")  # and a token of 127.0.0.1
    """
    assert find_secrets(text) == []


def test_a_credential_is_named_by_kind_and_line() -> None:
    text = f"Text.\n{AWS_KEY} and {AWS_KEY}\n\n{PRIVATE_KEY}\n"
    assert find_secrets(text) == ["AWS Access Key (line 2)", "Private Key (line 4)"]


def test_a_file_of_50_megabytes_is_refused_without_being_read(validator: Validator, tmp_path: Path) -> None:
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    store = open_store(".", root=tmp_path, include=["**/*.txt"], exclude=[])
    [listed] = store.listing()
    row = {"item": listed.document, "size": listed.size, "problem": listed.problem}
    assert names(validator, "documents", row) == [("big.txt", "size")]


def test_two_thousand_rows_are_judged_alike() -> None:
    rows: Rows = [document(f"{n}.rst", words=n % 5, copies=n) for n in range(2000)]
    assert REAL.refuse("documents", rows) == FakeValidator(GUARD).refuse("documents", rows)
