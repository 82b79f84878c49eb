"""Ids from content: the same content gets the same id on every machine and in every run."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence

NAMESPACE = uuid.UUID("6f1b3f0e-3c0b-5f63-9c0e-0a4c2d9a7b11")
"""Namespace of every uuid5."""

DIGEST_LENGTH = 32
"""Hex characters in a digest: 128 bits of SHA-256."""

ID_LENGTH = 16
"""Hex characters in a content id: 64 bits of SHA-256."""


def digest(content: bytes | str) -> str:
    """Return the first 128 bits of the SHA-256 of ``content`` (text as UTF-8), as 32 hex characters."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()[:DIGEST_LENGTH]


def canonical(value: object) -> str:
    """Return ``value`` as JSON with sorted keys and no extra white space, so that equal values give equal texts.

    Raises:
        ValueError: a number is NaN or infinite; JSON has neither.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_id(value: Mapping[str, object] | Sequence[object]) -> str:
    """Return the id of a JSON value: 16 hex characters of the SHA-256 of its canonical form."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]


def stable_uuid(*parts: str | int) -> str:
    """Return the uuid5 of ``parts``. Their borders count: ("a", "bc") and ("ab", "c") give different ids."""
    return str(uuid.uuid5(NAMESPACE, json.dumps(parts, ensure_ascii=True)))
