"""Tombstones: they keep documents that were erased from coming back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.erasure.traces import salted


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Salted digests of an erased document: enough to refuse it, too little to know what it was."""

    request: str
    """Id of the request to erase it."""
    salt: str
    """Random text that every digest below includes."""
    names: frozenset[str]
    """Salted digests of its document ids."""
    texts: frozenset[str]
    """Salted digests of the text digests of all its versions."""
    at: str = ""
    """Time of the request, ISO 8601."""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Tombstone":
        """Return the tombstone that ``as_json`` wrote."""
        return cls(**{**value, "names": frozenset(value["names"]), "texts": frozenset(value["texts"])})

    def as_json(self) -> dict[str, Any]:
        """Return the tombstone as a JSON value."""
        return {
            "request": self.request, "salt": self.salt, "names": sorted(self.names), "texts": sorted(self.texts),
            "at": self.at,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Every tombstone. False if nothing was ever erased."""

    names: Mapping[str, Mapping[str, Tombstone]] = field(default_factory=dict)
    """Tombstones by salt, then by salted document id."""
    texts: Mapping[str, Mapping[str, Tombstone]] = field(default_factory=dict)
    """Tombstones by salt, then by salted text digest."""

    @classmethod
    def of(cls, stones: Iterable[Tombstone]) -> "Forgotten":
        """Return tombstones in a form that is quick to search."""
        names: dict[str, dict[str, Tombstone]] = {}
        texts: dict[str, dict[str, Tombstone]] = {}
        for stone in stones:
            names.setdefault(stone.salt, {}).update(dict.fromkeys(stone.names, stone))
            texts.setdefault(stone.salt, {}).update(dict.fromkeys(stone.texts, stone))
        return cls(names, texts)

    def __bool__(self) -> bool:
        return bool(self.names)

    @property
    def rules(self) -> list[str]:
        """Ids of all requests, sorted: what a check of a document depends on."""
        return sorted({stone.request for known in self.names.values() for stone in known.values()})

    def by_name(self, document: str) -> Tombstone | None:
        """Return the tombstone of a document id, or None."""
        return _find(self.names, document)

    def by_text(self, text_digest: str) -> Tombstone | None:
        """Return the tombstone of a text under any name, or None."""
        return _find(self.texts, text_digest)

    def cited(self, documents: Iterable[str]) -> Tombstone | None:
        """Return the tombstone of the first of ``documents`` that was erased, or None."""
        return next((stone for d in documents if (stone := self.by_name(d))), None)


def _find(known: Mapping[str, Mapping[str, Tombstone]], text: str) -> Tombstone | None:
    return next((stone for salt, of in known.items() if (stone := of.get(salted(salt, text)))), None)


def why_refused(stone: Tombstone, what: str) -> str:
    """Return the reason why ``what`` is refused because of a tombstone, with the way out."""
    return (
        f"{what} (request {stone.request}); remove it there, "
        f"or allow it again with `pointsman forget --lift {stone.request}`"
    )
