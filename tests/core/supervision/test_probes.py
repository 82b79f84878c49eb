"""Probes: what a line may say, and what is derived from chunks without anyone's help."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.supervision.probes import FEWEST_WORDS, MOST_WORDS, Probe, derive
from tests.core.supervision.chunks import LONG, OTHER, chunk, chunks


def test_a_probe_comes_from_its_line() -> None:
    row = {"id": "p1", "question": "Who?", "documents": ["a", "b"], "answer": "The keeper.", "tags": ["t"]}
    assert Probe.from_json(row) == Probe("p1", "Who?", ("a", "b"), "The keeper.", ("t",))
    bare = Probe.from_json({"question": "Who?", "documents": ["a"]})
    assert (bare.answer, bare.tags, bare.id) == (None, (), Probe.from_json({"question": "Who?", "documents": ["b"]}).id)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"question": ""}, "question is ''"),
        ({"question": 3}, "question is 3"),
        ({"documents": []}, "at least one document id"),
        ({"documents": "a"}, "at least one document id"),
        ({"documents": [1]}, "at least one document id"),
        ({"answer": 3}, "answer is a number"),
        ({"tags": None}, "tags"),
        ({"tags": 5}, "tags"),
        ({"tags": "one"}, "tags"),
    ],
)
def test_a_line_of_another_form_says_where(change: dict[str, Any], why: str) -> None:
    row: dict[str, Any] = {"id": "p", "question": "Who?", "documents": ["a"], **change}
    with pytest.raises(ValueError, match=why):
        Probe.from_json(json.loads(json.dumps(row)))


def test_one_of_its_documents_is_enough_for_a_hit() -> None:
    probe = Probe("p", "Who?", ("a", "b"))
    assert probe.hit(["x", "b"])
    assert not probe.hit(["x"])
    assert not probe.hit([])


@given(chunks, st.integers(0, 9), st.integers(1, 5))
def test_derived_probes_ask_for_the_document_of_their_sentence(found: list[Chunk], seed: int, at_most: int) -> None:
    probes = derive(found, seed=seed, at_most=at_most)
    assert probes == derive(found[::-1], seed=seed, at_most=at_most)
    assert len(probes) <= at_most
    by_document = {c.document: c.text for c in found}
    for probe in probes:
        assert probe.question in by_document[probe.documents[0]]
        assert FEWEST_WORDS <= len(probe.question.split()) <= MOST_WORDS
    own = [c for c in found if any(sum(s in other.text for other in found) == 1 and s in c.text for s in (LONG, OTHER))]
    assert len(probes) == min(at_most, len(own))


def test_another_seed_draws_other_probes() -> None:
    kinds = [f"The {chr(97 + n // 8) * 3}{chr(97 + n % 8)} is of its own kind." for n in range(60)]
    many = [chunk(n, f"{LONG} {OTHER} {kind}") for n, kind in enumerate(kinds)]
    drawn = [tuple(p.question + p.id for p in derive(many, seed=seed, at_most=10)) for seed in range(4)]
    assert len(set(drawn)) == 4


def test_a_notice_that_many_documents_carry_asks_for_none_of_them() -> None:
    notice = "This page was last reviewed by the editors last month."
    noticed = [chunk(n, f"{notice} Page {n} tells of {word} and nothing else here.") for n, word in enumerate(
        ("valves", "wagons", "sidings", "signals")
    )]  # fmt: skip
    assert [p.question.split()[0] for p in derive(noticed, seed=3)] == ["Page"] * 4
    assert derive([chunk(n, notice) for n in range(4)], seed=3) == []
    assert len(derive([chunk(1, notice)], seed=3)) == 1
