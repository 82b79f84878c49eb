"""What guards are told about a change: what a place lost, and in how many documents the text changed in some way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

NAMED = 3
"""Documents that a loss, or a way of changing, names."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What the documents of one place lost."""

    place: str = ""
    """A folder with ``/`` at its end, or a glob pattern of ``guard.paths``; empty: the store."""
    documents: int = 0
    """Documents that were served there."""
    removed: int = 0
    """Those that are gone, renamed and moved ones not counted."""
    edited: int = 0
    """Those whose bytes and text changed."""
    rewritten: float = 0.0
    """Text that edited documents lost, in whole documents: two pages that lost half of their text are 1.0."""
    replaced: float = 0.0
    """The same as a share of all text that was served there, 0..1, by documents or by bytes: the larger of the two."""
    unknown: int = 0
    """Edited documents whose earlier text is not known any more. Each counts as wholly replaced."""
    gone: tuple[str, ...] = ()
    """Up to three of the removed documents."""
    worst: tuple[str, ...] = ()
    """Up to three of the edited documents, those that lost most first."""

    def without_names(self) -> "Loss":
        """Return the loss without its documents: a record names only what a guard may stop."""
        return replace(self, gone=(), worst=())


@dataclass(frozen=True, slots=True)
class Marked:
    """New or edited documents whose text changed in one way."""

    guard: str
    """Signal of the guard that asks."""
    documents: int
    """How many."""
    such: tuple[str, ...] = ()
    """Up to three of them."""


def losses_from_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the losses and marks of evidence in its stored form, by their keys."""
    lost = value.get("lost")
    return {
        "lost": _loss(lost) if lost else None,
        "lost_folders": tuple(_loss(each) for each in value.get("lost_folders", ())),
        "lost_paths": tuple(_loss(each) for each in value.get("lost_paths", ())),
        "alike_documents": tuple(value.get("alike_documents", ())),
        "marked": tuple(Marked(**{**each, "such": tuple(each["such"])}) for each in value.get("marked", ())),
    }


def as_lists(value: Any) -> Any:
    """Return a value as it is after a round through JSON: tuples are lists."""
    if isinstance(value, Mapping):
        return {key: as_lists(item) for key, item in value.items()}
    return [as_lists(item) for item in value] if isinstance(value, (tuple, list)) else value


def _loss(value: Mapping[str, Any]) -> Loss:
    return Loss(**{**value, "gone": tuple(value["gone"]), "worst": tuple(value["worst"])})
