"""A ledger in memory that a test can make fail."""

import json
import re
import threading
from collections.abc import Mapping
from typing import Any

from pointsman.adapters.ledger.codec import held, refuse_stale
from pointsman.core.errors import IndexDamaged, LedgerConflict, UsageError
from tests.fakes.index import Fault, Faults


class FakeLedger:
    """A ``Ledger`` in memory. Values pass through JSON, as in a file."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._objects: dict[str, dict[str, str]] = {}
        self._pointer: str | None = None
        self._claim: str | None = None
        self.rewritten = 0
        """How often everything was copied."""
        self._lock = threading.Lock()

    def put(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        refuse_stale(token, self.lease_record())
        self._write("put", lambda: self._put(self._of(kind), _checked(id_), _text(value)))

    def _put(self, objects: dict[str, str], id_: str, text: str) -> None:
        if not _sound(objects.get(id_, "")):
            objects[id_] = text

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        return _value(self._of(kind).get(_checked(id_)))

    def ids(self, kind: str) -> list[str]:
        return sorted(self._of(kind))

    def kinds(self) -> list[str]:
        return sorted(kind for kind, objects in self._objects.items() if objects)

    def replace(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        refuse_stale(token, self.lease_record())
        self._write("replace", lambda: self._of(kind).update({_checked(id_): _text(value)}))

    def remove(self, kind: str, id_: str, *, token: int | None = None) -> None:
        refuse_stale(token, self.lease_record())
        self._write("remove", lambda: self._of(kind).pop(_checked(id_), None))

    def rewrite(self) -> None:
        self.rewritten += 1

    def pointer(self) -> dict[str, Any] | None:
        return _value(self._pointer)

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, lease: Mapping[str, Any] | None = None
    ) -> None:
        with self._lock:
            self._write("swap", lambda: self._move(expected, new, lease))

    def _move(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], lease: Mapping[str, Any] | None
    ) -> None:
        if self._pointer != (None if expected is None else _text(expected)):
            raise LedgerConflict(f"the live pointer is at {self._pointer}, not at {expected}")
        if lease is not None and self._claim != _text(lease):
            raise LedgerConflict(f"the writer is {self._claim}, not {lease}")
        self._pointer = _text(new)

    def restore_pointer(self, new: Mapping[str, Any], *, token: int | None = None) -> None:
        refuse_stale(token, self.lease_record())
        with self._lock:
            if self._pointer is not None and _sound(self._pointer):
                raise LedgerConflict(f"the live pointer is at {self._pointer} and can be read")
            self._pointer = _text(new)

    def lease(self) -> dict[str, Any] | None:
        return held(self.lease_record())

    def lease_record(self) -> dict[str, Any] | None:
        return _value(self._claim)

    def fence(self, token: int) -> None:
        """Do nothing: each write looks at the lease itself."""

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        with self._lock:
            self._write("set_lease", lambda: self._claimed(expected, new))

    def _claimed(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        if self._claim != (None if expected is None else _text(expected)):
            raise LedgerConflict(f"the writer is {self._claim}, not {expected}")
        self._claim = None if new is None else _text(new)

    def _of(self, kind: str) -> dict[str, str]:
        return self._objects.setdefault(_checked(kind), {})

    def _write(self, call: str, apply: Any) -> None:
        share = self.faults.strike(call)
        if share is None or share >= 1:
            apply()
        if share is not None:
            raise Fault(f"{call} failed after {share:.0%} of it landed")


def _checked(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", name, re.ASCII):
        raise UsageError(f"{name!r} cannot name an object")
    return name


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), sort_keys=True, allow_nan=False)


def _value(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    if not _sound(text):
        raise IndexDamaged(f"{text!r} cannot be read")
    value: dict[str, Any] = json.loads(text)
    return value


def _sound(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
