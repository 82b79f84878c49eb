"""What tests of rebuilds and their collections share: another embedder, a look, and what doctor finds."""

from typing import Any

from pointsman.core.index.hits import Hit
from pointsman.settings.params import Gate
from pointsman.steps.observe.state import WorkspaceState
from tests.fakes.calls import look
from tests.fakes.index import FakeIndex
from tests.fakes.resources import FakeResources

DAY = 24.0
FREE = Gate(min_items=2, min_answers=2, min_overlap=0.0)


def other_embedder(resources: FakeResources, name: str = "other-embedder") -> None:
    resources.models.names["retriever"] = name


def signal(outcome: Any, name: str) -> Any:
    return next(s for s in outcome.signals if s.name == name)


def look_has_work(resources: FakeResources) -> bool:
    return isinstance(look(resources), WorkspaceState)


class ShortSighted(FakeIndex):
    """A search graph that misses the nearest points until it is built finer."""

    misses = 0
    finer: tuple[int, ...] = ()
    mends = True

    def search(self, collection: str, *, top_k: int, exact: bool = False, **question: Any) -> list[Hit]:  # type: ignore[override]
        missed = 0 if exact else self.misses
        return super().search(collection, top_k=top_k + missed, exact=exact, **question)[missed:]

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        super().optimize(collection, ef=ef)
        if ef is not None:
            self.finer = (*self.finer, ef)
            self.misses = 0 if self.mends else self.misses
