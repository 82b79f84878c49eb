"""The index track: from what changed, exactly; nothing is measured here."""

from collections.abc import Mapping

from pointsman.core.policy.decision import Draft, Track
from pointsman.core.policy.evidence import Evidence


def route(draft: Draft, evidence: Evidence) -> None:
    """Choose the index track from what changed."""
    _collection(draft, evidence)
    if draft.index is Track.REBUILD:
        return
    _documents(draft, evidence.corpus.changes)
    _carried(draft, evidence)


def _collection(draft: Draft, evidence: Evidence) -> None:
    """Rebuild where the live collection cannot be used any more."""
    configured = evidence.configuration
    rebuild = (
        ("index.first", None if evidence.corpus.has_live else "no release yet", "there is no release yet: first index"),
        ("index.embedder", configured.embedder_changed, "vectors of two embedders cannot be compared"),
        ("index.chunking", configured.chunking_changed, "documents are cut in another way"),
        ("index.collection", configured.collection_lost, "the live collection cannot be read"),
    )
    for name, value, sentence in rebuild:
        if value is not None and evidence.corpus.documents:
            draft.index = Track.REBUILD
            draft.because(name, value, None, sentence)


def _documents(draft: Draft, changes: Mapping[str, int]) -> None:
    """Update where texts changed, patch where only names or metadata did."""
    texts = {k: changes.get(k, 0) for k in ("added", "removed", "edited")}
    names = {k: changes.get(k, 0) for k in ("renamed", "metadata")}
    if any(texts.values()):
        draft.index = Track.UPDATE
        draft.because(
            "changes.text",
            sum(texts.values()),
            0,
            f"text changed: {_listed(texts)}; only the chunks concerned are embedded",
        )
    elif any(names.values()):
        draft.index = Track.PATCH
        draft.because(
            "changes.payload", sum(names.values()), 0, f"only names or metadata changed: {_listed(names)}; vectors stay"
        )
    elif changes.get("cosmetic", 0):
        draft.because(
            "changes.cosmetic",
            changes["cosmetic"],
            0,
            "only white space, line breaks or markup changed; the text that readers see is the same",
        )


def _carried(draft: Draft, evidence: Evidence) -> None:
    """Name what params.yaml changes in the next release without touching the index."""
    for name, value in (
        ("generator.base", evidence.configuration.generator_changed),
        ("generator.prompt", evidence.configuration.prompt_changed),
        ("retriever.rerank", evidence.configuration.reranker_changed),
    ):
        if value is not None:
            draft.because(name, value, None, "params.yaml names another one; the next release has it")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in counts.items() if n)
