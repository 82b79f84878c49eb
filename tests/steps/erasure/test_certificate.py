"""The certificate as Markdown."""

from typing import Any

from pointsman.steps.erasure.certificate import as_note

FOUND = {"place": ".pointsman/state.db", "named": True, "shingles": 12}


def certificate(*found: dict[str, Any], **changed: Any) -> dict[str, Any]:
    scan = {"files": 1200, "bytes": 34_567, "shingles": 40, "shared": 3, "found": list(found), "mentions": []}
    proof = {"points": 0, "manifests": [], "search": {"releases": ["r1"], "questions": 2, "found": 0}, "scan": scan}
    return {
        "request": "f1", "complete": not found, "began": "2026-11-01", "at": "2026-11-02", "note": "asked for",
        "removed": {"points": 2, "scratch": 0}, "releases": {"r0": "r1"},
        "tainted": [{"part": "generator", "adapter": "a1"}],
        "source": {"documents": 1, "examples": ["a.jsonl:3"], "probes": [], "mentioned_in": ["b.md"]},
        "proof": proof, "not_searched": ["free blocks of the file system"], **changed,
    }  # fmt: skip


def test_a_certificate_says_in_words_what_was_removed_and_what_is_left() -> None:
    note = as_note(certificate())
    for line in (
        "# Forgetting f1: complete",
        "- points: 2",
        "- r0, now r1",
        "- the generator's adapter a1: train it anew",
        "- by search: 0 hits of 2 questions to 1 release",
        "- by reading for 40 pieces of its text: in 0 of 1,200 files",
        "- documents that the store still contains: 1",
        "- example a.jsonl:3 cites it",
        "- the text of b.md names it",
    ):
        assert line in note.splitlines()
    assert "scratch" not in note, "a place where nothing was is not named"


def test_what_was_found_is_named_in_words_and_never_as_a_python_value() -> None:
    note = as_note(certificate(FOUND, {**FOUND, "place": "build/x", "named": False}))
    assert "INCOMPLETE" in note
    assert "- found in **.pointsman/state.db**: its name, and 12 pieces of its text" in note
    assert "- found in **build/x**: 12 pieces of its text" in note
    assert not set("{}[]") & set(note)


def test_a_certificate_of_nothing_left_says_so() -> None:
    source = {"documents": 0, "examples": [], "probes": [], "mentioned_in": []}
    note = as_note(certificate(removed={}, releases={}, tainted=[], source=source))
    assert "- nothing was there" in note
    assert note.count("- none") == 2
    assert "## Left for you to remove\n\n- nothing\n" in note
