"""Progress of reading: it counts the documents that are opened, so that it ends at its total."""

from collections.abc import Callable

from pointsman.steps.observe.state import observe_state
from tests.fakes.resources import FakeResources, begun, page

Opened = Callable[..., FakeResources]


def test_the_last_step_is_the_total_also_where_the_last_documents_are_unchanged(opened: Opened) -> None:
    resources = begun(opened(6))
    for name in ("doc01.md", "doc02.md"):
        resources.store.write(name, page(11))
    said: list[tuple[str, int, int]] = []
    observe_state(
        resources.intake,
        serving=resources.serving,
        records=resources.records,
        progress=lambda label, done, total: said.append((label, done, total)),
    )
    assert [step for step in said if step[0] == "read documents"] == [
        ("read documents", 1, 2),
        ("read documents", 2, 2),
    ]
