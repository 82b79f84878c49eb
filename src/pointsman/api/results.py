"""What the methods of a workspace return: the JSON that ``--json`` prints, with typed fields and small tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from pointsman.api.tables.report import answers_table, record_tables, report_table
from pointsman.api.tables.result import ResultTable, facts, flat
from pointsman.api.tables.state import (
    answer_table,
    check_table,
    document_tables,
    history_tables,
    passages_table,
    quarantine_tables,
    status_table,
)

HELD = 3
"""Exit code of what a guard held or the gate refused."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A result of one command."""

    value: Mapping[str, Any] = field(repr=False)
    """The object that ``--json`` prints."""

    @classmethod
    def of(cls, value: Mapping[str, Any], **more: Any) -> Self:
        """Return the result whose fields stand in ``value`` under their names; ``more`` are fields that do not."""
        named = {each.name: value[each.name] for each in fields(cls) if each.name in value}
        return cls(**{**named, **more, "value": value})

    def as_json(self) -> dict[str, Any]:
        """Return the object that the command prints with ``--json``."""
        return dict(self.value)

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the tables that the command prints without ``--json``."""
        return (facts(type(self).__name__.lower(), flat(self.value)),)

    @property
    def exit_code(self) -> int:
        """What the command exits with."""
        return 0

    def __str__(self) -> str:
        """Return the tables as plain text."""
        return "\n\n".join(table.as_text() for table in self.tables())

    def _repr_html_(self) -> str:
        """Return the tables as HTML, for notebooks; every text is escaped."""
        return "".join(table.as_html() for table in self.tables())


@dataclass(frozen=True, kw_only=True)
class Report(Result):
    """What a refresh did."""

    decision_id: str
    release: str | None
    """Id of the release that is live now."""
    corpus: str
    """Id of the manifest of all accepted documents."""
    changes: Mapping[str, int]
    """Documents and examples by what happened to them."""
    decision: Mapping[str, Any]
    """``index``, ``train``, ``hold``, ``reasons``, ``flips``, ``debt``, ``pending``, ``expected``."""
    work: Mapping[str, int]
    """Chunks, points and tokens."""
    cost: Mapping[str, float]
    """Seconds and money, actual and estimated."""
    gate: str | None
    """``promote``, ``refuse``, ``inconclusive``, ``review``; None where nothing was staged."""
    seconds: float
    answers: Mapping[str, Any] | None = field(default=None, repr=False)
    """Measures of the held-out answers, where answers were measured; no part of the JSON."""

    @property
    def held(self) -> bool:
        """Whether a guard stopped the change."""
        return bool(self.decision["hold"])

    @property
    def exit_code(self) -> int:
        """0 done, 3 held or refused by the gate."""
        return HELD if self.held or self.gate == "refuse" else 0

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the report, and the measures of answers where there are any."""
        first = report_table("refresh", self.value)
        return (first, answers_table(self.answers)) if self.answers else (first,)


@dataclass(frozen=True, kw_only=True)
class Plan(Report):
    """What the next refresh would do."""

    @property
    def exit_code(self) -> int:
        """0, or 3 when a guard would hold the refresh."""
        return HELD if self.held else 0

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the plan."""
        return (report_table("plan: what the next refresh would do", self.value),)


@dataclass(frozen=True, kw_only=True)
class Passages(Result):
    """What a search found."""

    release: str
    hits: Sequence[Mapping[str, Any]]
    """Best first: ``document``, ``chunk``, ``score``, ``text``, ``headings``, ``metadata``, …"""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the passages, best first."""
        return (passages_table(self.value),)


@dataclass(frozen=True, kw_only=True)
class Answer(Result):
    """What the assistant answered."""

    question: str
    release: str
    answer: str
    citations: Sequence[str]
    """Document ids."""
    context: Sequence[Mapping[str, Any]] = field(repr=False)
    """The passages that the model was given."""
    raw: str = field(repr=False)
    """The answer as the model wrote it."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the answer, every other key of it, and what it cites."""
        return (answer_table(self.question, self.value),)


@dataclass(frozen=True, kw_only=True)
class Status(Result):
    """What is live, what waits and what was refused."""

    release: str | None
    documents: int
    hold: bool
    waits: Sequence[Mapping[str, Any]]
    """Reviews that wait for a person, each with the command to type."""
    quarantine: Mapping[str, int]
    """Refused items by kind."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return what is live and what needs somebody; three lines for a new workspace."""
        return (status_table(self.value),)


@dataclass(frozen=True, kw_only=True)
class Explanation(Result):
    """One decision: its record, whether it replays, and what came of it."""

    decision_id: str
    replays: bool
    """Whether the recorded evidence gives the same decision again."""
    details: bool = False
    """Whether the tables show the stored names of signals, why probes failed and how answers were measured."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the decision on one screen."""
        return record_tables(self.value, details=self.details)


@dataclass(frozen=True, kw_only=True)
class History(Result):
    """Decisions and releases, newest first."""

    decisions: Sequence[Mapping[str, Any]]
    releases: Sequence[Mapping[str, Any]]
    """Moves of the live pointer."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return releases and decisions."""
        return history_tables(self.value)


@dataclass(frozen=True, kw_only=True)
class Quarantine(Result):
    """What was refused, where and why."""

    refused: Mapping[str, Sequence[Mapping[str, Any]]]
    """Rows (``item``, ``check``, ``reason``) by kind: documents, chunks, examples, probes, pairs."""
    counts: Mapping[str, int]
    """Refused items by kind."""
    why: bool = False
    """Whether the tables give the reason of each item."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return a table for each kind."""
        return quarantine_tables(self.value, why=self.why)


@dataclass(frozen=True, kw_only=True)
class Check(Result):
    """What is wrong with a workspace before anything is run."""

    findings: Sequence[Mapping[str, Any]]
    """``where``, ``what``, ``way_out`` and ``problem``: False for what may be meant so."""

    @property
    def exit_code(self) -> int:
        """0, or 1 when something is wrong."""
        return int(any(each["problem"] for each in self.findings))

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the findings, each with its way out."""
        return (check_table(self.value),)


@dataclass(frozen=True, kw_only=True)
class ServedDocument(Result):
    """What is known of one document."""

    document: str
    served: bool
    """Whether the live release holds it."""
    access: Sequence[str]
    """Groups that may read it now; ``*`` is everybody, nothing is nobody."""
    releases: Sequence[str]
    changed: Sequence[Mapping[str, Any]]
    """``at``, ``release``, ``what``; newest first."""
    chunks: Sequence[Mapping[str, Any]] = field(repr=False)
    hidden: bool = False
    """Whether title and chunks are left out because this reader may not see them."""

    def tables(self) -> tuple[ResultTable, ...]:
        """Return facts, changes and chunks."""
        return document_tables(self.value)
