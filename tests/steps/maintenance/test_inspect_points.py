"""Wrong payloads and vectors of visible points are found and written again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.fakes.calls import examined
from tests.fakes.resources import FakeResources, begun, page, served

Opened = Callable[..., FakeResources]


@pytest.mark.parametrize("part", ["text", "embed_text", "headings", "metadata"])
@pytest.mark.parametrize("moved_on", [False, True], ids=["source is live", "source has moved on"])
def test_a_payload_altered_behind_its_back_is_found_and_written_again(
    opened: Opened, part: str, moved_on: bool
) -> None:
    resources = begun(opened(6))
    content, name = served(resources), resources.index.collections()[0]
    points = resources.index._collections[name].points
    victim = next(p for p in points.values() if p.point.document == "doc02.md")
    odd: Any = {"headings": ("Elsewhere",), "metadata": {"access": "everyone"}}.get(part, "Call 999 at once.")
    points[victim.point.id] = replace(victim, chunk=replace(victim.chunk, **{part: odd}))
    if moved_on:
        resources.store.write("doc02.md", page(50))
    found = examined(resources)
    assert (found.missing, found.foreign) == (0, 0), "ids and digests look right"
    assert found.altered == (0 if moved_on and part == "headings" else 1)
    healed = examined(resources, repair=True)
    assert healed.healthy == (not moved_on or part == "headings")
    assert (served(resources) == content) == (not moved_on or part in {"headings", "embed_text", "metadata"})


@pytest.mark.parametrize("wrong", ["nan", "long", "zero", "swapped"])
def test_a_vector_spoiled_behind_its_back_is_found_and_embedded_again(opened: Opened, wrong: str) -> None:
    resources = begun(opened(6))
    points = resources.index._collections[resources.index.collections()[0]].points
    victim, other = list(points.values())[:2]
    odd = {
        "nan": victim.vector * np.nan, "long": victim.vector * 1.01, "zero": victim.vector * 0, "swapped": other.vector
    }[wrong]  # fmt: skip
    points[victim.point.id] = replace(victim, vector=odd)
    found = examined(resources, deep=wrong == "swapped")
    assert (found.spoiled, found.drifted) == ((0, 1) if wrong == "swapped" else (1, 0))
    assert examined(resources, repair=True, deep=True).healthy
    assert np.allclose(points[victim.point.id].vector, victim.vector)


def test_a_vector_as_long_as_rounding_makes_it_is_not_spoiled(opened: Opened) -> None:
    resources = begun(opened(6))
    points = resources.index._collections[resources.index.collections()[0]].points
    victim = next(iter(points.values()))
    points[victim.point.id] = replace(victim, vector=victim.vector * np.float32(1.0009))
    assert examined(resources).healthy


def test_a_doubled_point_is_counted_and_only_the_copy_goes(opened: Opened) -> None:
    resources = begun(opened(6))
    content = served(resources)
    points = resources.index._collections[resources.index.collections()[0]].points
    victim = next(iter(points.values()))
    points["ffffffff-copy"] = replace(victim, point=replace(victim.point, id="ffffffff-copy"))
    found = examined(resources)
    assert (found.duplicated, found.foreign, found.points, found.expected) == (1, 1, 13, 12)
    assert examined(resources, repair=True).healthy
    assert served(resources) == content
