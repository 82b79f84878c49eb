"""Examples and probes as they are accepted: parsed, judged, the refused ones in quarantine with their reason."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, TypeVar

from pointsman.core.corpus.documents import Refusal
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.erasure.tombstones import Forgotten
from pointsman.core.hashing import content_id
from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.core.supervision.examples import Example, parse_lines, set_id
from pointsman.core.supervision.lineage import Corpus, Lineage, Stale
from pointsman.core.supervision.probes import Probe
from pointsman.ports.ledger import Ledger
from pointsman.ports.validation import Validator
from pointsman.ports.workspace import Lines, Memory, QuarantineStore
from pointsman.steps.ledger.lineage import lineage_of, note_accepted, refusals, split_stale
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.ledger.tombstones import forgotten, without_forgotten_cites
from pointsman.steps.resources import Intake, Records

SUPERVISION = "supervision"
"""Memory: what the files of examples and probes came to, so that unchanged ones are not judged again."""

FORMAT = 6
"""Of what is remembered; another one is not read."""

NOTHING = Forgotten()
"""No tombstone."""

UNTOLD = Lineage()
"""Nothing is written down: every example is true now."""

T = TypeVar("T")

UNPARSED_EXAMPLE: Mapping[str, Any] = {
    "roles_ok": True, "last_is_assistant": True, "completion_length": 1, "missing_cites": None,
    "duplicate_of": None, "contradicts": None, "id_of": None, "off_schema": None, "tokens": 0,
}  # fmt: skip
"""Facts of a line that could not be parsed, chosen so that only ``parse_error`` refuses it."""

UNPARSED_PROBE: Mapping[str, Any] = {"question_length": 1, "missing_documents": None}

SHOWN = 3
"""Examples named in a reason; a thousand that contradict one another would fill the quarantine with each other."""

WORDS_TO_TOKENS = 1.5
"""Tokens of a word, at a guess; only to refuse what cannot fit a prompt at all."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """What people have written for the assistant to learn and to be asked."""

    examples: tuple[str, ...]
    """Digests of the accepted examples, ordered."""
    set_id: str
    probes: str
    """Id of the set of accepted probes."""
    refused_examples: tuple[str, ...]
    """``file:line`` of the rows refused."""
    refused_probes: tuple[str, ...]
    """``file:line`` of the rows refused."""
    stale: tuple[Stale, ...] = ()
    """What changed for each example that was set aside; a document each."""
    unnoted: tuple[str, ...] = ()
    """Digests of accepted examples of which the ledger does not know yet what they are true for; see ``note_examples``."""

    @property
    def stale_examples(self) -> frozenset[str]:
        """Digests of the examples that were set aside."""
        return frozenset(each.digest for each in self.stale)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Supervision":
        """Return what was remembered."""
        lists = {name: tuple(value[name]) for name in ("examples", "refused_examples", "refused_probes", "unnoted")}
        stale = tuple(Stale(**each) for each in value["stale"])
        return cls(**lists, set_id=value["set_id"], probes=value["probes"], stale=stale)


@dataclass(frozen=True, slots=True)
class Judged:
    """The examples of the files, judged."""

    accepted: tuple[Example, ...]
    """Ordered by file and line."""
    refused: tuple[Refusal, ...]
    """Stale ones included."""
    stale: tuple[Stale, ...] = ()


def supervise(intake: Intake, manifest: Manifest, *, records: Records) -> Supervision:
    """Return what the examples and probes are worth against ``manifest``; nothing is parsed when neither changed.

    The ledger is only read: ``note_examples`` writes down what newly accepted examples are true for.
    """
    tombs = forgotten(records.ledger)
    stamps = [FORMAT, intake.examples.stamp(), intake.probes.stamp(), manifest.id, *tombs.rules]
    stamps += [intake.schema.id] if intake.schema else []
    known, key = records.memory.get(SUPERVISION), content_id([*stamps, records.ledger.ids(LINEAGE)])
    if known.get("key") == key:
        return Supervision.from_json(known)
    lineage, corpus = lineage_of(records.ledger), Corpus(manifest.entries)
    judged = judge_examples(
        intake.examples, intake.validator, corpus=corpus, tombs=tombs, lineage=lineage, schema=intake.schema
    )
    probes, bad_probes = accepted_probes(intake.probes, intake.validator, manifest.entries.keys(), tombs)
    intake.quarantine.replace("examples", judged.refused)
    intake.quarantine.replace("probes", bad_probes)
    result = Supervision(
        examples=tuple(sorted(e.digest for e in judged.accepted)),
        set_id=set_id(judged.accepted),
        probes=content_id(sorted([p.question, *p.documents] for p in probes)),
        refused_examples=tuple(dict.fromkeys(r.item for r in judged.refused)),
        refused_probes=tuple(dict.fromkeys(r.item for r in bad_probes)),
        stale=judged.stale,
        unnoted=tuple(sorted(e.digest for e in judged.accepted if corpus.unknown(e, lineage))),
    )
    records.memory.put(SUPERVISION, {"key": key, **asdict(result)})
    return result


def note_examples(
    intake: Intake, manifest: Manifest, supervision: Supervision, *, served: Collection[str], records: Records
) -> None:
    """Write down what newly accepted examples are true for; the caller holds the write lease.

    Args:
        intake: where the examples are.
        manifest: what is to be served, whose texts the examples are true for.
        supervision: as ``supervise`` returned it.
        served: digests of the examples that the live release knew.
        records: the ledger that is written to.
    """
    if not supervision.unnoted:
        return
    lineage, corpus = lineage_of(records.ledger), Corpus(manifest.entries)
    accepted = examples_of(intake.examples, supervision)
    note_accepted(accepted, corpus, lineage, served, ledger=records.ledger, memory=records.memory, now=records.now)


def stale_now(memory: Memory) -> tuple[Stale, ...]:
    """Return why examples are set aside, as the last look at the store found it; nothing is listed."""
    known = memory.get(SUPERVISION)
    return Supervision.from_json(known).stale if "stale" in known else ()


def judge_examples(
    lines: Lines,
    validator: Validator,
    corpus: Corpus,
    tombs: Forgotten = NOTHING,
    lineage: Lineage = UNTOLD,
    schema: AnswerSchema | None = None,
) -> Judged:
    """Judge every example against the documents that may be cited.

    One that is stale is set aside first: it neither contradicts nor repeats the one that a person writes in its place.
    """
    every, rows = _parsed(lines, Example.from_json, UNPARSED_EXAMPLE)
    cited, gone = without_forgotten_cites(every, "cites", tombs)
    parsed, stale = split_stale(cited, corpus, lineage)
    taught: dict[str, dict[str, str]] = {}
    named: dict[str, tuple[str, str]] = {}
    for origin, example in parsed.items():
        taught.setdefault(_asked(example), {}).setdefault(example.digest, origin)
        named.setdefault(example.id, (example.digest, origin))
    for origin, example in parsed.items():
        digest, first = named[example.id]
        row = _example_row(origin, example, corpus.entries.keys(), taught[_asked(example)])
        off = schema.problem(example.completion) if schema else None
        rows.append({**row, "id_of": first if digest != example.digest else None, "off_schema": off})
    good, bad = _accepted(validator, "examples", parsed, rows)
    return Judged(tuple(good), (*gone, *refusals(stale), *bad), tuple(each for of in stale.values() for each in of))


def accepted_probes(
    lines: Lines, validator: Validator, documents: Collection[str], tombs: Forgotten = NOTHING
) -> tuple[list[Probe], list[Refusal]]:
    """Return (accepted probes, refusals); a probe whose documents are all unknown is refused as stale."""
    every, rows = _parsed(lines, Probe.from_json, UNPARSED_PROBE)
    parsed, gone = without_forgotten_cites(every, "documents", tombs)
    for origin, probe in parsed.items():
        missing = None if any(d in documents for d in probe.documents) else ", ".join(probe.documents)
        rows.append(
            {"item": origin, "parse_error": None, "question_length": len(probe.question), "missing_documents": missing}
        )
    good, bad = _accepted(validator, "probes", parsed, rows)
    return good, [*gone, *bad]


def examples_of(example_files: Lines, supervision: Supervision) -> list[Example]:
    """Return the accepted examples by the verdicts that are known already; nothing is judged again."""
    parsed, _ = _parsed(example_files, Example.from_json, UNPARSED_EXAMPLE)
    return [example for origin, example in parsed.items() if origin not in supervision.refused_examples]


def known_examples(supervision: Supervision, *, example_files: Lines, quarantine: QuarantineStore) -> list[Example]:
    """Return the accepted examples, and those that only are stale: an adapter may have learned them."""
    others = {row.item for row in quarantine.rows("examples") if row.check != "stale"}
    refused = others.intersection(supervision.refused_examples)
    parsed, _ = _parsed(example_files, Example.from_json, UNPARSED_EXAMPLE)
    return [example for origin, example in parsed.items() if origin not in refused]


def probes_of(probe_files: Lines, supervision: Supervision) -> list[Probe]:
    """Return the accepted probes by the verdicts that are known already; nothing is judged again."""
    parsed, _ = _parsed(probe_files, Probe.from_json, UNPARSED_PROBE)
    return [probe for origin, probe in parsed.items() if origin not in supervision.refused_probes]


def unanswerable_probes(
    supervision: Supervision, documents: Collection[str], *, ledger: Ledger, probe_files: Lines
) -> list[Probe]:
    """Return the refused probes of which no document is among ``documents``; what was forgotten is not among them."""
    parsed, _ = _parsed(probe_files, Probe.from_json, UNPARSED_PROBE)
    left, _ = without_forgotten_cites(parsed, "documents", forgotten(ledger))
    refused = (probe for origin, probe in left.items() if origin in supervision.refused_probes)
    return [probe for probe in refused if not any(d in documents for d in probe.documents)]


def _parsed(
    lines: Lines, parse: Callable[[Mapping[str, Any]], T], unparsed: Mapping[str, Any]
) -> tuple[dict[str, T], list[dict[str, Any]]]:
    """Return what could be parsed by ``file:line``, and a row to be refused for each line that could not."""
    parsed: dict[str, T] = {}
    rows: list[dict[str, Any]] = []
    for name, text in lines.texts():
        objects, problems = parse_lines(text, name)
        for value in objects:
            origin = value.pop("_origin")
            try:
                parsed[origin] = parse(value)
            except ValueError as error:
                problems.append((origin, str(error)))
        rows.extend({**unparsed, "item": origin, "parse_error": why} for origin, why in problems)
    return parsed, rows


def _accepted(
    validator: Validator, suite: str, parsed: Mapping[str, T], rows: Sequence[Mapping[str, Any]]
) -> tuple[list[T], list[Refusal]]:
    refusals = [Refusal(*found) for found in validator.refuse(suite, rows)] if rows else []
    refused = {r.item for r in refusals}
    return [value for origin, value in parsed.items() if origin not in refused], refusals


def _asked(example: Example) -> str:
    """The question and its context as they count when two examples are compared: everything before the completion.

    A follow-up ("And on Windows?") asks something else after another question. What is cited is no part of it: who
    asks does not say which document to answer from.
    """
    before = example.messages[:-1]
    return "\n".join(f"{m['role']}: {' '.join(m['content'].lower().split())}" for m in before)


def _example_row(
    origin: str, example: Example, documents: Collection[str], taught: Mapping[str, str]
) -> dict[str, Any]:
    """Return the facts of one example; ``taught`` maps each thing taught for its question to its first origin."""
    others = [first for key, first in islice(taught.items(), SHOWN + 1) if key != example.digest][:SHOWN]
    more = len(taught) - 1 - len(others)
    first = taught[example.digest]
    words = sum(len(m["content"].split()) for m in example.messages)
    return {
        "item": origin,
        "parse_error": None,
        "roles_ok": True,
        "last_is_assistant": True,
        "completion_length": len(example.completion),
        "missing_cites": ", ".join(c for c in example.cites if c not in documents) or None,
        "duplicate_of": first if first != origin else None,
        "contradicts": (", ".join(others) + (f" and {more} more" if more else "")) or None,
        "tokens": math.ceil(words * WORDS_TO_TOKENS),
    }
