"""The real reading path for one item: parse, check, measure, judge, cut, count tokens and terms, put into a prompt."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pointsman.adapters.minhash import sketch
from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.qdrant.bm25 import document_terms, query_terms
from pointsman.adapters.validation.findings import screen
from pointsman.adapters.validation.plain import PlainValidator
from pointsman.adapters.workspace.files import JsonLines
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.documents import Document, Listed, Refusal
from pointsman.core.corpus.manifest import ManifestEntry
from pointsman.core.errors import UsageError
from pointsman.core.hashing import canonical
from pointsman.core.prompt import build_prompt
from pointsman.core.supervision.lineage import Corpus
from pointsman.core.visible import visible
from pointsman.settings.params import Guard
from pointsman.stages.shared.artifacts import chunk_row, document_row
from pointsman.steps.indexing.cut import cut_document, screened_chunks
from pointsman.steps.observe.documents import refusals_of
from pointsman.steps.observe.isolate import read_listed
from pointsman.steps.observe.losses.samples import SAMPLE_MEASURE
from pointsman.steps.observe.texts.sketches import sketch_measure
from pointsman.steps.observe.texts.traits import TRAIT_MEASURE
from pointsman.steps.observe.verdict_cache import as_row, judge
from pointsman.steps.serving.answer import checked_question
from pointsman.steps.supervision.accept import accepted_probes, judge_examples

SENTENCE = re.compile(r"[^\x00-\x1f\x7f]{15,2000}")
"""A reason is one printable line."""
NO_SENTENCE = re.compile(r"Traceback|<class |object at 0x|Error\(")
MAX_TOKENS = 200
CITED = {"a.md": ManifestEntry("bytes", "text", metadata_digest="metadata", size=1)}
"""The one document that examples and probes can name."""


@dataclass(frozen=True)
class Outcome:
    """What became of one item."""

    read: bool
    reasons: tuple[Refusal, ...] = ()
    """Why it is quarantined; empty for what was read."""
    texts: tuple[str, ...] = ()
    """Texts to embed."""


class NoSentence(AssertionError):
    """An item was quarantined without a reason that a person can read."""


class OneItem:
    """A store with one document."""

    def __init__(self, raw: bytes) -> None:
        """Take its bytes."""
        self._raw = raw

    def read(self, _document: str) -> bytes:
        """Return the bytes."""
        return self._raw


def _measure(_text_digest: str, parsed: Document) -> None:
    for measure in (TRAIT_MEASURE, SAMPLE_MEASURE, sketch_measure(sketch)):
        _writable(measure.of(parsed))


def _writable(value: Any) -> None:
    """Require that a value can be written as strict JSON in UTF-8."""
    json.dumps(value, ensure_ascii=False, allow_nan=False, default=str).encode("utf-8")


def _said(refused: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    """Return the rows.

    Raises:
        NoSentence: there is none, or one is not a sentence, or cannot be written.
    """
    if not refused:
        raise NoSentence("it is neither read nor quarantined")
    for row in refused:
        canonical(asdict(row)).encode("utf-8")
        shown = visible(row.reason)
        if not SENTENCE.fullmatch(shown) or NO_SENTENCE.search(shown):
            raise NoSentence(f"{row.check}: {row.reason!r}")
    return refused


def _embedded(chunks: list[Chunk]) -> Iterator[str]:
    return (chunk.embed_text for chunk in chunks)


class ReadingPath:
    """Everything that happens to an item before it is embedded or learned from."""

    def __init__(self, count_tokens: Callable[[str], int]) -> None:
        """Take the embedder's tokenizer."""
        self._count = count_tokens
        self._validator = PlainValidator(Guard(), max_tokens=1024, max_chunk_tokens=MAX_TOKENS)

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens."""
        return self._count(text)

    def document(self, name: str, raw: bytes) -> Outcome:
        """Read one document, and return what became of it."""
        listed = Listed(name, len(raw), "tag")
        seen, parsed = read_listed(OneItem(raw), parse_and_measure, listed, Guard().max_bytes, also=_measure)  # type: ignore[arg-type] - a store that only reads
        judged, _ = judge(self._validator, {name: seen}, {name}, {})
        _writable(as_row(judged[name]))
        refused = refusals_of(judged)
        if refused or parsed is None:
            return Outcome(read=False, reasons=_said(refused))
        _writable(document_row(parsed))
        cut, bad = cut_document(parsed, max_tokens=MAX_TOKENS, count=self._count)
        chunks, worse = screened_chunks(self._validator, cut, self)  # type: ignore[arg-type] - it only counts tokens
        for chunk in chunks:
            _writable(chunk_row(chunk))
            document_terms(chunk.embed_text)
        _writable(build_prompt("When does it open?", chunks[:3], 60))
        reasons = _said((*bad, *worse)) if (*bad, *worse) else ()
        return Outcome(read=bool(chunks) or not reasons, reasons=reasons, texts=tuple(_embedded(chunks)))

    def lines(self, folder: Path, *, probes: bool) -> list[tuple[str, tuple[Refusal, ...]]]:
        """Read the lines of a folder; return (file:line, why it is quarantined) of each, no reasons if accepted."""
        files = JsonLines(folder)
        if probes:
            good, bad = accepted_probes(files, self._validator, CITED.keys(), screen=screen)
            _writable([asdict(probe) for probe in good])
        else:
            judged = judge_examples(files, self._validator, Corpus(CITED), screen=screen)
            good, bad = list(judged.accepted), list(judged.refused)  # type: ignore[arg-type] - examples, of which only the number counts
            _writable([each.as_json() for each in judged.accepted])
        by_item: dict[str, list[Refusal]] = {}
        for refusal in _said(tuple(bad)):
            by_item.setdefault(refusal.item, []).append(refusal)
        return [("", ())] * len(good) + [(item, tuple(why)) for item, why in by_item.items()]

    said = staticmethod(_said)
    """Returns reasons that are sentences."""

    def question(self, text: str) -> Outcome:
        """Take a question as ``search`` and ``ask`` do."""
        try:
            question = checked_question(text)
        except UsageError as error:
            return Outcome(read=False, reasons=_said((Refusal("question", "question", str(error)),)))
        self._count(question)
        query_terms(question)
        _writable(build_prompt(question, [], 60))
        return Outcome(read=True, texts=(question,))
