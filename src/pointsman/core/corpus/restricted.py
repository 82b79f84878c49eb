"""Restricted documents: not everybody may read them, so their words stay out of what everybody gets (ADR 40).

Adapters, prompts, reports and the tracker are for everybody. Names of documents are shown; their text is not.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pointsman.core.corpus.exposure import Caps
from pointsman.core.corpus.manifest import EVERYBODY, ManifestEntry

RESTRICTED = "(restricted)"
"""Stands where a text of a restricted document was."""

SAID = ("question", "reference", "champion", "challenger")
"""Texts of one evaluated answer."""


def restricted_in(entries: Mapping[str, ManifestEntry]) -> frozenset[str]:
    """Return the ids of the documents that not everybody may read."""
    return frozenset(document for document, entry in entries.items() if entry.readers != EVERYBODY)


def restricted_documents(shown: Iterable[Mapping[str, ManifestEntry]], caps: Caps) -> frozenset[str]:
    """Return the ids of the documents that not everybody may read as one of ``shown`` says, or by their caps."""
    return frozenset(caps).union(*(restricted_in(entries) for entries in shown))


def without_texts(value: Mapping[str, Any], documents: Collection[str]) -> dict[str, Any]:
    """Return a report or a decision record without the words of ``documents``: they are left out, or ``RESTRICTED``.

    What stays of an edit are its counts, of an evaluated answer its scores. Keys that are missing stay so.
    """
    found = dict(value)
    if not documents:
        return found
    if isinstance(found.get("report"), Mapping):
        found["report"] = without_texts(found["report"], documents)
    if isinstance(found.get("edits"), Mapping):
        found["edits"] = _edits(found["edits"], documents)
    if isinstance(found.get("exam"), Mapping):
        found["exam"] = _answers(found["exam"], documents)
    return found


def without_quotes(record: Mapping[str, Any], documents: Collection[str]) -> dict[str, Any]:
    """Return a decision record without the passages that its evidence quotes from documents that were open then.

    Not for the record in the ledger: the decision is made again from the evidence that it had.
    """
    such = (record.get("evidence") or {}).get("instructed_such") or ()
    quoted = [said for document, said in such if document in documents and said]
    return {key: _replaced(part, quoted) for key, part in record.items()} if quoted else dict(record)


def _replaced(value: Any, texts: Collection[str]) -> Any:
    """Return a JSON value with ``RESTRICTED`` wherever one of ``texts`` stands in it."""
    if isinstance(value, Mapping):
        return {key: _replaced(part, texts) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(part, texts) for part in value]
    if isinstance(value, str):
        for text in texts:
            value = value.replace(text, RESTRICTED)
    return value


def _edits(edits: Mapping[str, Any], documents: Collection[str]) -> dict[str, Any]:
    """Return edits, those of ``documents`` by their counts alone."""
    rows = [
        {**row, "changes": [], "restricted": True} if row.get("document") in documents else row
        for row in edits.get("documents") or ()
    ]
    return {**edits, "documents": rows}


def _answers(evaluation: Mapping[str, Any], documents: Collection[str]) -> dict[str, Any]:
    """Return an evaluation without the texts of the items whose prompts showed one of ``documents``, or cite one."""
    hidden = set(documents)
    rows = [
        {**row, **{name: RESTRICTED for name in SAID if name in row}}
        if not hidden.isdisjoint(row.get("documents") or ())
        else row
        for row in evaluation.get("items") or ()
    ]
    return {**evaluation, "items": rows}
