"""Allow what a check found in a document: entries of allow.yaml, for a team to review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointsman.api.results import Result
from pointsman.api.tables.result import ResultTable, facts, listed

if TYPE_CHECKING:
    from pointsman.adapters.validation.allow_list import Allowance
    from pointsman.steps.resources import Resources


@dataclass(frozen=True, kw_only=True)
class Allowed(Result):
    """The entries that were added to allow.yaml."""

    document: str
    by: str
    until: str
    """The last day on which they count."""
    entries: Sequence[Mapping[str, Any]]
    """``kind``, ``where`` and ``fingerprint`` of each; never the value."""
    file: str
    """Path of allow.yaml."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return what is allowed, and what to do next."""
        lines = [f"{each['kind']} ({each['where']}), {each['fingerprint']}" for each in self.entries]
        rows = [("document", self.document), ("by", self.by), ("until", self.until), *listed("allowed", lines)]
        then = "have the change of the file reviewed; the next refresh judges the document again"
        return (facts("allow", [*rows, ("file", self.file), ("next", then)]),)


def allow(root: Path, document: str, *, until: str, by: str, note: str, fingerprint: str) -> Allowed:
    """Add an entry for each credential or number for which a document is refused, or for the one with a fingerprint.

    Raises:
        UsageError: the date is no date or over, or nothing of the document is refused for such a reason.
    """
    from datetime import UTC, datetime
    from unicodedata import normalize

    from pointsman.adapters.validation.allow_list import add_entries
    from pointsman.api.loop import user
    from pointsman.bootstrap.workspace import open_query
    from pointsman.core.errors import UsageError

    today, name, by = datetime.now(UTC).date(), normalize("NFC", document), by or user()
    last = _date(until, today) if until else None
    with open_query(root) as resources:
        found = _refused(resources, root, name)
    chosen = [(entry, where) for entry, where in found if entry.fingerprint.startswith(fingerprint)]
    if not chosen:
        _nothing_to_allow(name, fingerprint, [entry.fingerprint for entry, _ in found])
    if last is None:
        kinds = ", ".join(dict.fromkeys(f"{entry.kind} ({where})" for entry, where in chosen))
        day = f"{today.year + 1}-03-31"
        raise UsageError(f"{name!r} is refused for: {kinds}. Say until when it may be served, as --until {day}")
    path = add_entries(root, [_signed(entry, by=by, until=last, note=note) for entry, _ in chosen])
    rows = [{"kind": e.kind, "where": where, "fingerprint": e.fingerprint} for e, where in chosen]
    value = {"document": name, "by": by, "until": last.isoformat(), "entries": rows, "file": str(path), "note": note}
    return Allowed.of(value)


def _date(until: str, today: date) -> date:
    """Return a date that is not over.

    Raises:
        UsageError: it is none, or it is.
    """
    from pointsman.core.errors import UsageError

    try:
        last = date.fromisoformat(until)
    except ValueError:
        raise UsageError(f"--until is {until!r}, not a date; write it as {today.year + 1}-03-31") from None
    if last < today:
        raise UsageError(f"--until {until} is over (today is {today}); name a later day")
    return last


def _refused(resources: "Resources", root: Path, document: str) -> "list[tuple[Allowance, str]]":
    """Return (entry without who and why, place) for each finding of a document that is not allowed today.

    Raises:
        UsageError: the store does not list the document.
        Unreadable: it cannot be read.
        StoreMoved: it changed while it was read.
    """
    from datetime import UTC, datetime

    from pointsman.adapters.parsers.document import findings_of
    from pointsman.adapters.parsers.formats import Formats
    from pointsman.adapters.validation.allow_list import Allowance, read_allow_list, salt_of
    from pointsman.adapters.validation.allow_list import fingerprint as fingerprint_of
    from pointsman.adapters.validation.findings import refused_of
    from pointsman.core.errors import UsageError

    if document not in {listed.document for listed in resources.store.listing()}:
        raise UsageError(f"the store has no document {document!r}; `pointsman quarantine --why` lists what is refused")
    today = datetime.now(UTC).date()
    formats, rule = Formats.of(resources.params.store.formats), resources.params.access.rule
    found = findings_of(document, resources.store.read(document), formats, rule=rule)
    refused = [each for each, _ in refused_of(found, document, read_allow_list(root, today))]
    salt = salt_of(document)
    return [
        (Allowance(document, fingerprint_of(e.kind, e.value, salt), by="", until=today, kind=e.kind), e.where)
        for e in refused
    ]


def _nothing_to_allow(document: str, fingerprint: str, others: Sequence[str]) -> None:
    """Refuse to write no entry.

    Raises:
        UsageError: always.
    """
    from pointsman.core.errors import UsageError

    if fingerprint and others:
        raise UsageError(f"no finding of {document!r} has the fingerprint {fingerprint}; there are {', '.join(others)}")
    raise UsageError(f"{document!r} is not refused for a credential or a personal number; there is nothing to allow")


def _signed(entry: "Allowance", *, by: str, until: date, note: str) -> "Allowance":
    from dataclasses import replace

    return replace(entry, by=by, until=until, note=note)
