"""Which keys may be meant as the access statement, and which are plainly something else."""

import random

import pytest

from pointsman.core.corpus.statements.keys import distance, is_alike, words_of

LETTERS = "abcdefghijklmnopqrstuvwxyz"
CYRILLIC = str.maketrans("aces", "\u0430\u0441\u0435\u0455")
FULLWIDTH = {ord(c): chr(ord(c) + 0xFEE0) for c in LETTERS}


def slips(word: str) -> set[str]:
    """Return every word that is one slip away: a letter left out, put in, replaced or swapped with the next."""
    cuts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    left_out = {a + b[1:] for a, b in cuts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    replaced = {a + c + b[1:] for a, b in cuts if b for c in LETTERS}
    put_in = {a + c + b for a, b in cuts for c in LETTERS}
    return (left_out | swapped | replaced | put_in) - {word}


def test_every_single_slip_of_the_name_is_alike() -> None:
    found = slips("access")
    assert len(found) > 300
    assert not [word for word in found if not is_alike(word, "access")]


def test_two_slips_are_alike_unless_they_make_another_word() -> None:
    draw = random.Random(7)
    twice = {draw.choice(sorted(slips(word))) for word in sorted(slips("access")) for _ in range(4)}
    others = {word for word in twice if not is_alike(word, "access")} - {"access"}
    assert len(others) < 3, others


@pytest.mark.parametrize(
    "key",
    [
        "Access", "ACCESS", "access ", "accesses", "access_groups", "accessTo", "access-groups", "allowed_access",
        "accessgroups", "DC.access", "og:access", "dcterms.accessRights", "access".translate(CYRILLIC), "acl",
        "access".translate(FULLWIDTH), "ac\u200bcess", "ac\u00adcess", "acc\u00e8s", "acce55", "@ccess", "Zugriff",
        "accessed_by", "restricted_to", "visibleTo",
    ],
)  # fmt: skip
def test_other_spellings_and_longer_names_are_alike(key: str) -> None:
    assert is_alike(key, "access")


@pytest.mark.parametrize(
    "key",
    [
        "accessed", "excess", "success", "recess", "process", "assess", "across", "access_date", "last-access",
        "accessMode", "accessModeSufficient", "accessibility", "accession", "accessories", "open_access", "address",
        "accounts", "author", "tags", "title", "aliases", "assets", "cases", "abstract", "", "---", "x" * 61,
    ],
)  # fmt: skip
def test_other_words_are_not_alike(key: str) -> None:
    assert not is_alike(key, "access")


def test_keys_are_judged_against_the_name_that_the_workspace_gives() -> None:
    assert is_alike("audeince", "audience")
    assert is_alike("audience_groups", "audience")
    assert not is_alike("acess", "audience")
    assert is_alike("Acl", "acl")
    assert not is_alike("all", "acl"), "a name of three letters has no slips"


def test_words_are_plain_small_letters() -> None:
    assert words_of("accessTo") == words_of("ACCESS_TO") == words_of("Access-to") == ("access", "to")


def test_a_swap_costs_one_and_a_distance_above_the_limit_is_only_above_it() -> None:
    assert [distance(word, "access", 3) for word in ("access", "acecss", "accses", "axxess", "acces")] == [
        0,
        1,
        1,
        2,
        1,
    ]
    assert distance("a", "access", 2) == 3
