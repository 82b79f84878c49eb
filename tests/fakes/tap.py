"""A wrapper around ports that calls a function before and after every write; writes are numbered over all ports."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pointsman.steps.resources import Resources

WRITES = {
    "index": frozenset({"create", "drop", "upsert", "retire", "delete", "optimize"}),
    "ledger": frozenset({"put", "remove", "swap", "restore_pointer", "set_lease"}),
    "memory": frozenset({"put"}),
    "quarantine": frozenset({"replace"}),
    "tracker": frozenset({"record", "sync", "preserve", "remove_preserved", "rewrite", "taint", "certify"}),
    "builder": frozenset({"build"}),
}
"""Port → its write methods."""


@dataclass
class Tap:
    """Counts writes and calls ``at(number, name, when)`` around each; ``when`` is ``before`` or ``after``."""

    at: Callable[[int, str, str], None]
    names: list[str] = field(default_factory=list)
    """Names of the writes so far, such as ``index.upsert``; the first is number 1."""

    def on(self, resources: Any, *ports: str) -> Any:
        """Return the resources with ``ports`` wrapped; by default all ports that write."""
        tapped = {name: _Tapped(self, name, getattr(resources, name)) for name in ports or WRITES}
        return replace(resources, **tapped)

    def strike(self, name: str, write: Callable[[], Any]) -> Any:
        self.names.append(name)
        number = len(self.names)
        self.at(number, name, "before")
        result = write()
        self.at(number, name, "after")
        return result


class _Tapped:
    def __init__(self, tap: Tap, role: str, port: Any) -> None:
        self._tap, self._role, self._port = tap, role, port

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in WRITES[self._role]:
            return found
        return lambda *args, **named: self._tap.strike(f"{self._role}.{name}", lambda: found(*args, **named))


def tapped(resources: Resources, at: Callable[[int, str, str], None], *ports: str) -> tuple[Any, Tap]:
    """Return the resources with wrapped ports, and the tap."""
    tap = Tap(at)
    return tap.on(resources, *ports), tap
