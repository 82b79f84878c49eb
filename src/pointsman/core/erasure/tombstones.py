"""Tombstones: what was forgotten and must not come back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.erasure.traces import salted


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is kept of a forgotten document: enough to refuse it, too little to tell what it was."""

    request: str
    """Id of the forgetting."""
    salt: str
    names: frozenset[str]
    """Salted digests of the ids."""
    texts: frozenset[str]
    """Salted digests of the text digests of every version."""
    at: str = ""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Tombstone":
        """Return the tombstone that ``as_json`` gave."""
        return cls(**{**value, "names": frozenset(value["names"]), "texts": frozenset(value["texts"])})

    def as_json(self) -> dict[str, Any]:
        """Return the tombstone as a JSON value."""
        return {
            "request": self.request, "salt": self.salt, "names": sorted(self.names), "texts": sorted(self.texts),
            "at": self.at,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Every tombstone; falsy when nothing was ever forgotten."""

    names: Mapping[str, Mapping[str, Tombstone]] = field(default_factory=dict)
    """By salt, then by salted id."""
    texts: Mapping[str, Mapping[str, Tombstone]] = field(default_factory=dict)
    """By salt, then by salted text digest."""

    @classmethod
    def of(cls, stones: Iterable[Tombstone]) -> "Forgotten":
        """Return the tombstones, ready to be asked."""
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
        """What a verdict depends on: the forgettings there were."""
        return sorted({stone.request for known in self.names.values() for stone in known.values()})

    def by_name(self, document: str) -> Tombstone | None:
        """Return the tombstone of a document id."""
        return _sought(self.names, document)

    def by_text(self, text_digest: str) -> Tombstone | None:
        """Return the tombstone of a text, whatever its name is now."""
        return _sought(self.texts, text_digest)

    def cited(self, documents: Iterable[str]) -> Tombstone | None:
        """Return the tombstone of the first of ``documents`` that was forgotten."""
        return next((stone for d in documents if (stone := self.by_name(d))), None)


def _sought(known: Mapping[str, Mapping[str, Tombstone]], text: str) -> Tombstone | None:
    return next((stone for salt, of in known.items() if (stone := of.get(salted(salt, text)))), None)


def why_refused(stone: Tombstone, what: str) -> str:
    """Return the sentence that refuses ``what`` because of a tombstone, with the way out."""
    return (
        f"{what} (request {stone.request}); remove it there, "
        f"or take it in again with `pointsman forget --lift {stone.request}`"
    )
