"""A tap on ports: something is called before and after each of their writes, which are numbered over all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pointsman.steps.resources import Resources

WRITES = {
    "index": frozenset({"create", "drop", "upsert", "retire", "delete", "optimize"}),
    "ledger": frozenset({"put", "remove", "swap", "mend", "set_lease"}),
    "memory": frozenset({"put"}),
    "quarantine": frozenset({"replace"}),
    "tracker": frozenset({"record", "sync", "preserve", "let_go", "rewrite", "taint", "certify"}),
    "builder": frozenset({"build"}),
}
"""The writes of every port of a workspace that has any."""


@dataclass
class Tap:
    """Counts writes and calls ``at(number, name, when)`` around each; ``when`` is before, or after it landed."""

    at: Callable[[int, str, str], None]
    names: list[str] = field(default_factory=list)
    """Names of the writes so far, such as ``index.upsert``; the n-th write is number n."""

    def on(self, resources: Any, *ports: str) -> Any:
        """Return the ports with taps on ``ports``, on all that write by default."""
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
    """Return the ports with taps, and the tap."""
    tap = Tap(at)
    return tap.on(resources, *ports), tap
