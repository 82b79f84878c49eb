"""Accept examples and probes: parse and judge them, and put refused ones in quarantine with the reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from pointsman.core.corpus.documents import Refusal
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.erasure.tombstones import Forgotten
from pointsman.core.hashing import content_id
from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.core.supervision.examples import Example, set_id
from pointsman.core.supervision.lineage import Corpus, Lineage, Stale
from pointsman.core.supervision.probes import Probe
from pointsman.ports.ledger import Ledger
from pointsman.ports.validation import Validator
from pointsman.ports.workspace import JsonLinesFiles, Memory, QuarantineStore
from pointsman.steps.ledger.lineage import lineage_of, note_accepted, refusals, split_stale
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.ledger.tombstones import forgotten, without_forgotten_cites
from pointsman.steps.resources import Intake, Records, Screen, unscreened
from pointsman.steps.supervision.read_lines import judged_rows, parsed_lines
from pointsman.steps.supervision.rows import conversation, example_row, probe_row, texts_of_example, texts_of_probe

SUPERVISION = "supervision"
"""Key of the memory: the result for the files of examples and probes, so that unchanged files are not judged again."""

FORMAT = 9
"""Version of the remembered value; a value of another version is ignored."""

NO_TOMBSTONES = Forgotten()

NO_LINEAGE = Lineage()
"""No notes: every example counts as true now."""

T = TypeVar("T")

UNPARSED_EXAMPLE: Mapping[str, Any] = {
    "roles_ok": True, "last_is_assistant": True, "completion_length": 1, "missing_cites": None,
    "duplicate_of": None, "contradicts": None, "id_of": None, "off_schema": None, "tokens": 0,
}  # fmt: skip
"""Row of a line that cannot be parsed; its values are valid, so that only ``parse_error`` refuses it."""

SCREENED = frozenset({"secrets", "personal"})
"""Checks of what an example or probe must not publish."""

UNPARSED_PROBE: Mapping[str, Any] = {"question_length": 1, "missing_documents": None}


@dataclass(frozen=True, slots=True)
class Supervision:
    """The examples and probes that people wrote, after judging."""

    examples: tuple[str, ...]
    """Digests of the accepted examples, ordered."""
    set_id: str
    """Id of the set of accepted examples."""
    probes: str
    """Id of the set of accepted probes."""
    refused_examples: tuple[str, ...]
    """``file:line`` of the rows refused."""
    refused_probes: tuple[str, ...]
    """``file:line`` of the rows refused."""
    stale: tuple[Stale, ...] = ()
    """For each example that was set aside: the document that changed; one entry a document."""
    unnoted: tuple[str, ...] = ()
    """Digests of accepted examples that ``note_examples`` has not written to the ledger yet."""
    withheld: tuple[str, ...] = ()
    """``file:line`` of the probes that are refused for a secret or a personal number: nothing shows their text."""

    @property
    def stale_examples(self) -> frozenset[str]:
        """Digests of the examples that were set aside, restricted ones included: no adapter should know them."""
        return frozenset(each.digest for each in self.stale)

    @property
    def restricted_examples(self) -> frozenset[str]:
        """Digests of those that were set aside because not everybody may read a document that they cite."""
        return frozenset(each.digest for each in self.stale if each.restricted)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Supervision":
        """Return the value that was remembered."""
        lists = {name: tuple(value[name]) for name in ("examples", "refused_examples", "refused_probes")}
        stale = tuple(Stale(**each) for each in value["stale"])
        return cls(
            **lists, set_id=value["set_id"], probes=value["probes"], stale=stale,
            unnoted=tuple(value.get("unnoted", ())),  # version 1 remembered none
            withheld=tuple(value.get("withheld", ())),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """The examples of the files, judged."""

    accepted: tuple[Example, ...]
    """Ordered by file and line."""
    refused: tuple[Refusal, ...]
    """Refused rows, stale ones included."""
    stale: tuple[Stale, ...] = ()


def supervise(
    intake: Intake, manifest: Manifest, *, restricted: frozenset[str] = frozenset(), records: Records
) -> Supervision:
    """Return the examples and probes, judged against ``manifest``; unchanged files are not parsed again.

    ``restricted`` are documents that not everybody may read. The ledger is only read: ``note_examples`` writes to it.
    """
    tombs = forgotten(records.ledger)
    stamps = [FORMAT, intake.readers, intake.examples.stamp(), intake.probes.stamp(), manifest.id, *tombs.rules]
    stamps += [intake.schema.id] if intake.schema else []
    stamps += [sorted(restricted)] if restricted else []
    known, key = records.memory.get(SUPERVISION), content_id([*stamps, records.ledger.ids(LINEAGE)])
    if known.get("key") == key:
        return Supervision.from_json(known)
    lineage, corpus = lineage_of(records.ledger), Corpus(manifest.entries, restricted)
    judged = judge_examples(
        intake.examples, intake.validator, corpus=corpus, tombs=tombs, lineage=lineage, schema=intake.schema,
        screen=intake.screen,
    )  # fmt: skip
    probes, bad_probes = accepted_probes(
        intake.probes, intake.validator, manifest.entries.keys(), tombs, screen=intake.screen
    )
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
        withheld=tuple(dict.fromkeys(r.item for r in bad_probes if r.check in SCREENED)),
    )
    records.memory.put(SUPERVISION, {"key": key, **asdict(result)})
    return result


def note_examples(
    intake: Intake, manifest: Manifest, supervision: Supervision, *, served: Collection[str], records: Records
) -> None:
    """Write to the ledger which text each newly accepted example is true for. The caller must have the write lease.

    Args:
        intake: the examples.
        manifest: the documents to serve; the examples are true for their texts.
        supervision: as ``supervise`` returned it.
        served: digests of the examples that the live release knows.
        records: the ledger that is written to.
    """
    if not supervision.unnoted:
        return
    lineage, corpus = lineage_of(records.ledger), Corpus(manifest.entries)
    accepted = examples_of(intake.examples, supervision)
    note_accepted(accepted, corpus, lineage, served, ledger=records.ledger, memory=records.memory, now=records.now)


def stale_now(memory: Memory) -> tuple[Stale, ...]:
    """Return the stale examples as they were when the store was last observed; the store is not listed.

    Restricted ones are not among them: the quarantine lists these.
    """
    known = memory.get(SUPERVISION)
    every = Supervision.from_json(known).stale if "stale" in known else ()
    return tuple(each for each in every if not each.restricted)


def judge_examples(
    lines: JsonLinesFiles,
    validator: Validator,
    corpus: Corpus,
    tombs: Forgotten = NO_TOMBSTONES,
    lineage: Lineage = NO_LINEAGE,
    schema: AnswerSchema | None = None,
    *,
    screen: Screen = unscreened,
) -> Judged:
    """Judge every example against the documents that it can cite.

    A stale or restricted example is set aside first, so that it neither contradicts nor repeats another, and so that no
    reason quotes it.
    """
    every, rows = parsed_lines(lines, Example.from_json, UNPARSED_EXAMPLE)
    cited, gone = without_forgotten_cites(every, "cites", tombs)
    parsed, stale = split_stale(cited, corpus, lineage)
    answers: dict[str, dict[str, str]] = {}
    named: dict[str, tuple[str, str]] = {}
    for origin, example in parsed.items():
        answers.setdefault(conversation(example), {}).setdefault(example.digest, origin)
        named.setdefault(example.id, (example.digest, origin))

    def judged(origin: str, example: Example) -> dict[str, Any]:
        digest, first = named[example.id]
        row = example_row(origin, example, corpus.entries.keys(), answers[conversation(example)])
        off = schema.problem(example.completion) if schema else None
        found = screen(texts_of_example(example))
        return {**row, **found, "id_of": first if digest != example.digest else None, "off_schema": off}

    rows += judged_rows(parsed, judged, UNPARSED_EXAMPLE)
    good, bad = _accepted(validator, "examples", parsed, rows)
    return Judged(tuple(good), (*gone, *refusals(stale), *bad), tuple(each for of in stale.values() for each in of))


def accepted_probes(
    lines: JsonLinesFiles,
    validator: Validator,
    documents: Collection[str],
    tombs: Forgotten = NO_TOMBSTONES,
    *,
    screen: Screen = unscreened,
) -> tuple[list[Probe], list[Refusal]]:
    """Return (accepted probes, refusals); a probe is refused where none of its documents is known."""
    every, rows = parsed_lines(lines, Probe.from_json, UNPARSED_PROBE)
    parsed, gone = without_forgotten_cites(every, "documents", tombs)

    def judged(origin: str, probe: Probe) -> dict[str, Any]:
        return {**probe_row(origin, probe, documents), **screen(texts_of_probe(probe))}

    rows += judged_rows(parsed, judged, UNPARSED_PROBE)
    good, bad = _accepted(validator, "probes", parsed, rows)
    return good, [*gone, *bad]


def examples_of(example_files: JsonLinesFiles, supervision: Supervision) -> list[Example]:
    """Return the accepted examples; the known verdicts are used, nothing is judged again."""
    parsed, _ = parsed_lines(example_files, Example.from_json, UNPARSED_EXAMPLE)
    return [example for origin, example in parsed.items() if origin not in supervision.refused_examples]


def known_examples(
    supervision: Supervision, *, example_files: JsonLinesFiles, quarantine: QuarantineStore
) -> list[Example]:
    """Return the accepted and the stale examples: an adapter may have learned both."""
    others = {row.item for row in quarantine.rows("examples") if row.check != "stale"}
    refused = others.intersection(supervision.refused_examples)
    parsed, _ = parsed_lines(example_files, Example.from_json, UNPARSED_EXAMPLE)
    return [example for origin, example in parsed.items() if origin not in refused]


def probes_of(probe_files: JsonLinesFiles, supervision: Supervision) -> list[Probe]:
    """Return the accepted probes by the verdicts that are known already; nothing is judged again."""
    parsed, _ = parsed_lines(probe_files, Probe.from_json, UNPARSED_PROBE)
    return [probe for origin, probe in parsed.items() if origin not in supervision.refused_probes]


def unanswerable_probes(
    supervision: Supervision, documents: Collection[str], *, ledger: Ledger, probe_files: JsonLinesFiles
) -> list[Probe]:
    """Return the refused probes with none of their documents among ``documents``; without those of erased documents."""
    parsed, _ = parsed_lines(probe_files, Probe.from_json, UNPARSED_PROBE)
    left, _ = without_forgotten_cites(parsed, "documents", forgotten(ledger))
    named = set(supervision.refused_probes).difference(supervision.withheld)
    refused = (probe for origin, probe in left.items() if origin in named)
    return [probe for probe in refused if not any(d in documents for d in probe.documents)]


def _accepted(
    validator: Validator, suite: str, parsed: Mapping[str, T], rows: Sequence[Mapping[str, Any]]
) -> tuple[list[T], list[Refusal]]:
    refusals = [Refusal(*found) for found in validator.refuse(suite, rows)] if rows else []
    refused = {r.item for r in refusals}
    return [value for origin, value in parsed.items() if origin not in refused], refusals
