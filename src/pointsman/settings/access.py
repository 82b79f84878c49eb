"""``access`` of params.yaml: how documents say who reads them."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pointsman.core.corpus.access import AccessRule
from pointsman.settings.numbers import STRICT


@dataclass(frozen=True, slots=True, config=STRICT)
class Access:
    """``access``: what documents say about their readers, and what no statement means."""

    default: Literal["open", "none"] = "open"
    """Who reads a document without an access statement: everybody (``open``) or nobody (``none``). A change reads
    every document again; wider access waits for a person."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{2,39}$")] = "access"
    """Name of the statement in the documents' metadata. A key that only looks like it sends its document to
    quarantine."""

    @property
    def rule(self) -> AccessRule:
        """The two as one value."""
        return AccessRule(self.key, self.default)
