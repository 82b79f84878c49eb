"""A search without a passage says why: the reader's groups and conditions."""

from pathlib import Path

import pytest

from pointsman.core.index.filters import Filter
from pointsman.steps.serving.answer import search
from tests.fakes.resources import FakeResources, begun, fake_resources, page

PAY = "---\naccess: [staff]\nyear: '2026'\n---\n" + page(0)


@pytest.fixture
def resources(tmp_path: Path) -> FakeResources:
    return begun(fake_resources(tmp_path, {"pay.md": PAY}))


@pytest.mark.parametrize(
    ("groups", "where", "said"),
    [
        ([], [], ["this reader may see no passage of the 1 document in the live release"]),
        (["stff"], [], ["no document of the live release names the group stff; names are compared letter by letter"]),
        (
            ["staff"],
            ["year=2027"],
            ["no passage that this reader may see is in a document whose metadata says year=2027"],
        ),
    ],
)
def test_a_search_without_a_passage_says_why(
    resources: FakeResources, groups: list[str], where: list[str], said: list[str]
) -> None:
    found = search(resources.serving, "who opens the door?", allow=Filter.of(groups, where))
    assert found["hits"] == []
    assert found["notices"] == said


def test_a_search_with_passages_says_nothing_more(resources: FakeResources) -> None:
    found = search(resources.serving, "who opens the door?", allow=Filter.of(["staff"], ["year=2026"]))
    assert found["hits"]
    assert "notices" not in found
