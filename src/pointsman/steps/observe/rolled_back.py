"""What a change would bring back that a person rolled back, whatever else came before or since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.errors import IndexDamaged, UnknownRelease
from pointsman.core.release import Release
from pointsman.ports.ledger import Ledger
from pointsman.settings.params import Params
from pointsman.steps.ledger.releases import PROMOTE, ROLLBACK, load_release, manifest_of, moves
from pointsman.steps.observe.configuration import Configured
from pointsman.steps.observe.corpus_change import CorpusChange
from pointsman.steps.supervision.accept import Supervision

Parts = Mapping[str, Any]
"""Part of a release that params.yaml sets → its value, comparable with ``==``."""


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What would come back of releases that people left."""

    release: str | None = None
    """Id of the newest release that was left and of which something would come back; None: nothing would."""
    documents: tuple[str, ...] = ()
    """Documents that would have the rolled-back text or metadata again, or be gone again; sorted."""
    parts: tuple[str, ...] = ()
    """Names of the parts of params.yaml that would be as they were in it, sorted."""


@dataclass(frozen=True, slots=True)
class _Rollback:
    """One rollback: the release that was left, and what it had changed."""

    left: Release
    manifest: Manifest
    """The documents of the release that was left."""
    documents: frozenset[str]
    """Documents of which readers got another version before it, or none."""
    texts: frozenset[str]
    """Digests of the texts that only the release that was left had. They stay away under any name."""
    parts: frozenset[str]
    """Parts of params.yaml that it had changed."""
    promoted: tuple[str, ...]
    """Ids of the releases that were promoted since."""


def brought_back(
    corpus: CorpusChange, supervision: Supervision, configured: Configured, *, ledger: Ledger, params: Params
) -> BroughtBack:
    """Return what a refresh would bring back of the releases that people rolled back from.

    A document counts if the store has it as the release that was left had it, and readers get another version now; and
    if it has a text that only that release had, under whatever name and with whatever metadata. It no longer counts
    when a release that was promoted since had that version, or text: a person approved it then.
    """
    if corpus.live is None:
        return BroughtBack()
    now, live, altered = _configured_parts(configured, params), _parts_of(corpus.live), corpus.diff.altered
    found = []
    for each in _rollbacks(ledger):
        documents = _again(each, corpus.manifest, altered)
        parts = _equal(now, _parts_of(each.left), {part for part in each.parts if now[part] != live[part]})
        documents, parts = _without_approved(each, corpus.manifest, documents, parts, ledger=ledger)
        if documents or parts or _whole_release(each, corpus.manifest, supervision, now):
            found.append(BroughtBack(each.left.id, tuple(documents), tuple(parts)))
    return BroughtBack(
        next((back.release for back in found), None),
        tuple(sorted({document for back in found for document in back.documents})),
        tuple(sorted({part for back in found for part in back.parts})),
    )


def _rollbacks(ledger: Ledger) -> Iterator[_Rollback]:
    """Yield the rollbacks, newest first. One whose releases were removed from the ledger proves nothing any more."""
    promoted: list[str] = []
    for move in reversed(moves(ledger)):
        if move["why"] == PROMOTE:
            promoted.append(move["release"])
        if move["why"] != ROLLBACK:
            continue
        try:
            left, kept = load_release(ledger, move["previous"]), load_release(ledger, move["release"])
            manifest, before = manifest_of(ledger, left), manifest_of(ledger, kept)
        except (UnknownRelease, IndexDamaged):
            continue
        was, is_ = _parts_of(kept), _parts_of(left)
        yield _Rollback(
            left, manifest, documents=Diff.between(before, manifest).altered, texts=_texts(manifest) - _texts(before),
            parts=frozenset(part for part in was if was[part] != is_[part]), promoted=tuple(promoted),
        )  # fmt: skip


def _again(rollback: _Rollback, now: Manifest, altered: frozenset[str]) -> set[str]:
    """Return those of the ``altered`` documents that ``now`` has as the release that was left had them."""
    left = rollback.manifest.entries
    same = {d for d in altered & rollback.documents if _version(left.get(d)) == _version(now.entries.get(d))}
    return same | {d for d in altered if d in now.entries and now.entries[d].content_digest in rollback.texts}


def _texts(manifest: Manifest) -> frozenset[str]:
    """Return the digests of the texts of a manifest."""
    return frozenset(entry.content_digest for entry in manifest.entries.values())


def _approved(rollback: _Rollback, promoted: Manifest, now: Manifest, documents: set[str]) -> set[str]:
    """Return those of ``documents`` whose text, or version, a release had that was promoted since."""
    texts = _texts(promoted)

    def had(document: str) -> bool:
        entry = now.entries.get(document)
        if entry is not None and entry.content_digest in rollback.texts:
            return entry.content_digest in texts
        return _version(promoted.entries.get(document)) == _version(entry)

    return {document for document in documents if had(document)}


def _equal(one: Parts, other: Parts, parts: set[str]) -> set[str]:
    """Return those of ``parts`` that have the same value in both."""
    return {part for part in parts if one[part] == other[part]}


def _without_approved(
    rollback: _Rollback, now: Manifest, documents: set[str], parts: set[str], *, ledger: Ledger
) -> tuple[set[str], set[str]]:
    """Return ``documents`` and ``parts`` without those that a release had which was promoted after the rollback."""
    for id_ in rollback.promoted:
        if not documents and not parts:
            break
        try:
            promoted = load_release(ledger, id_)
            manifest = manifest_of(ledger, promoted)
        except (UnknownRelease, IndexDamaged):
            continue
        documents = documents - _approved(rollback, manifest, now, documents)
        parts = parts - _equal(_parts_of(promoted), _parts_of(rollback.left), parts)
    return documents, parts


def _whole_release(rollback: _Rollback, now: Manifest, supervision: Supervision, parts: Parts) -> bool:
    """Return whether a refresh would only make again what was left, with the adapters that it would train again.

    This is only asked of a rollback that no promotion followed.
    """
    if rollback.promoted or parts != _parts_of(rollback.left):
        return False
    same_examples = rollback.left.examples in {None, supervision.set_id}
    return same_examples and not Diff.between(rollback.manifest, now).actionable


def _version(entry: ManifestEntry | None) -> tuple[str, ...] | None:
    """Return what readers get of a document: its text and its metadata; None if it is not there."""
    return None if entry is None else (entry.content_digest, entry.metadata_digest)


def _parts_of(release: Release) -> Parts:
    """Return the parts of a release that params.yaml sets."""
    return {
        "chunking": release.index.chunking, "embedder": release.embedder.base, "generator": release.generator.base,
        "prompt": release.prompt, "reranking": release.reranking,
    }  # fmt: skip


def _configured_parts(configured: Configured, params: Params) -> Parts:
    """Return the parts that params.yaml asks for now."""
    return {
        "chunking": chunking_fingerprint(params.chunking.max_tokens), "embedder": configured.embedder.base,
        "generator": configured.generator.base, "prompt": configured.prompt, "reranking": configured.reranking,
    }  # fmt: skip
