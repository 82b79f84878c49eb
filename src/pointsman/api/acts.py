"""What the methods that change something return: reviews, rollbacks, repairs, erasures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pointsman.api.phrases import plural, short
from pointsman.api.results import Report, Result
from pointsman.api.tables.erasure import certificate_table, trace_table
from pointsman.api.tables.report import report_table
from pointsman.api.tables.result import ResultTable, facts, flat, listed


@dataclass(frozen=True, kw_only=True)
class Review(Result):
    """What a person said about a decision, and the refresh that an approval ran."""

    decision: str
    """Id of the decision that was reviewed."""
    verdict: str
    """``approve`` or ``reject``."""
    by: str
    note: str
    refresh: Report | None = None

    @classmethod
    def after(cls, said: Mapping[str, Any], refresh: Report | None) -> "Review":
        """Return what was said, with the refresh that followed, if one did."""
        value = said if refresh is None else {**refresh.value, "approval": said}
        words = {name: said[name] for name in ("decision", "verdict", "by", "note")}
        return cls(value=value, refresh=refresh, **words)

    @property
    def exit_code(self) -> int:
        """That of the refresh, where one was run."""
        return self.refresh.exit_code if self.refresh else 0

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the refresh, or the review where none was run."""
        if self.refresh is not None:
            return (report_table("approved: refresh", self.refresh.value),)
        return (facts(self.verdict, flat(self.value)),)


@dataclass(frozen=True, kw_only=True)
class Rollback(Result):
    """Where the live pointer was, and where it is."""

    release: str
    left: str
    """The release that was live before."""
    narrowed: Sequence[str] = ()
    """Documents that this release shows to more readers than may have them now; they stay hidden from the others."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return what is live now, and what the next refresh does."""
        apart = {"mirrored", "unmirrored_because", "narrowed"}
        rows = flat({name: value for name, value in self.value.items() if name not in apart})
        if self.narrowed:
            n, named = len(self.narrowed), ", ".join(self.narrowed[:3])
            stay, lost = ("stays", "it") if n == 1 else ("stay", "them")
            kept = f"{plural(n, 'document')} {stay} hidden from readers who lost {lost} since"
            rows.append(("access", f"{kept}: {named}"))
        because = self.value.get("unmirrored_because")
        recorded = "yes" if because is None else f"not yet: {because}"
        then = "the next refresh is held until you correct what was rolled back, or approve it (pointsman approve)"
        return (facts("rollback", [*rows, ("recorded in MLflow", recorded), ("next", then)]),)


@dataclass(frozen=True, kw_only=True)
class Confirmation(Result):
    """The stale examples that a person confirmed, and those that are still stale."""

    by: str
    confirmed: Sequence[Mapping[str, Any]]
    left: Sequence[Mapping[str, Any]]

    def tables(self) -> tuple[ResultTable, ...]:
        """Return who confirmed what, and what is left."""
        done = [f"{each['example']}: {each['document']} {short(each['now'])}" for each in self.confirmed]
        left = [f"{each['example']}: {each['because']}" for each in self.left]
        rows = [("by", self.by), *listed("confirmed", done), *listed("still stale", left)]
        return (facts("confirm", rows),)


@dataclass(frozen=True, kw_only=True)
class Health(Result):
    """What the doctor found; after a repair, what is left."""

    release: str | None
    healthy: bool
    repaired: bool

    @property
    def exit_code(self) -> int:
        """0, or 1 when something is left to repair."""
        return 0 if self.healthy else 1

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the findings that are not zero."""
        found = [(name.replace("_", " "), item) for name, item in flat(self.value) if item or name == "healthy"]
        return (facts("doctor", found),)


@dataclass(frozen=True, kw_only=True)
class ErasureTrace(Result):
    """What is known of a document, and would be removed."""

    documents: Sequence[str]
    copies: Sequence[str]
    """Other documents with the same text."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return what would be forgotten."""
        return (trace_table(self.value),)


@dataclass(frozen=True, kw_only=True)
class Certificate(Result):
    """What a forgetting removed, and whether anything was found afterwards."""

    complete: bool = True

    @property
    def exit_code(self) -> int:
        """0, or 1 when something of the document was found afterwards."""
        return 0 if self.complete else 1

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the certificate in words; where a forgetting was lifted, its id."""
        if "lifted" in self.value:
            return (facts("lifted", [("forgetting", self.value["lifted"]), ("next", "pointsman refresh")]),)
        return (certificate_table(self.value),)


@dataclass(frozen=True, kw_only=True)
class ModelList(Result):
    """The models of params.yaml, checked by their hash."""

    models: Mapping[str, Mapping[str, Any]]
    """Role → ``model`` and ``base``, the fingerprint of its weights; of a missing one also ``problem``."""
    engine: str
    """What embeds."""

    @property
    def exit_code(self) -> int:
        """0, or 2 when a model is missing."""
        return 2 if any("problem" in each for each in self.models.values()) else 0

    def tables(self) -> tuple[ResultTable, ...]:
        """Return a line for each model: its fingerprint, or why it is missing."""
        rows = [(role, _state(each)) for role, each in self.models.items()]
        return (facts("models", [*rows, ("embedding", self.engine)]),)


def _state(model: Mapping[str, Any]) -> str:
    """Return a model's name with its fingerprint, or with what is wrong."""
    if "problem" in model:
        return f"{model['model']} · MISSING: {model['problem']}"
    return f"{model['model']} · fingerprint {model['base']}"


@dataclass(frozen=True, kw_only=True)
class Dashboard(Result):
    """The MLflow dashboard of a workspace: its address, and the command line that serves it."""

    url: str
    command: Sequence[str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Created(Result):
    """The files of a workspace that ``init`` wrote, and those that it left alone."""

    workspace: str
    """Absolute path of the folder."""
    written: Sequence[str]
    """Files that were not there."""
    warnings: Sequence[str] = ()
