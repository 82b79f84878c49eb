"""snapshot: list the store, read every document once, and write what was found."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pointsman.adapters.intake.reader import bounded_reader
from pointsman.adapters.parsers.formats import Formats
from pointsman.adapters.stores.handed_listing import listing_of
from pointsman.adapters.stores.open import configured_store
from pointsman.adapters.validation.allow_list import read_allow_list
from pointsman.core.corpus.documents import Document, Listed
from pointsman.core.erasure.tombstones import Forgotten
from pointsman.ports.stores import DocumentStore
from pointsman.settings.params import Params
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import DOCUMENTS, SNAPSHOT, WORKSPACE, document_row, write_json, write_lines
from pointsman.stages.shared.messages import plural, show_progress
from pointsman.steps.ledger.tombstones import without_forgotten_ids
from pointsman.steps.observe.isolate import read_listed
from pointsman.steps.observe.verdict_cache import CachedDocument, as_row


def main() -> None:
    """Write build/snapshot.json.gz (digests and facts) and build/documents.jsonl.gz (parsed documents)."""
    params, tombstones = context.params(), context.tombstones()
    store = configured_store(params.store, WORKSPACE.root)
    listing, _ = without_forgotten_ids(listing_of(store, params.store.url), tombstones)
    seen: dict[str, CachedDocument] = {}

    def rows() -> Iterator[dict[str, Any]]:
        for document, known, parsed in _read(store, listing, tombstones, params=params):
            seen[document] = known
            if parsed is not None:
                yield document_row(parsed)

    written = write_lines(DOCUMENTS, rows())
    write_json(SNAPSHOT, {"documents": {d: [None, *as_row(s)[1:]] for d, s in seen.items()}})
    print(f"snapshot: {plural(len(listing), 'document')} listed, {written} parsed")


def _read(
    store: DocumentStore, listing: Sequence[Listed], tombstones: Forgotten, *, params: Params
) -> Iterator[tuple[str, CachedDocument, Document | None]]:
    """Yield id, facts and content of each listed document; the content is None where it cannot be parsed.

    Documents whose text was forgotten are left out. What could not be opened or read is refused with its reason.
    """
    allowed = read_allow_list(WORKSPACE.root, datetime.now(UTC).date())
    formats = Formats.of(params.store.formats)
    measure = bounded_reader(formats, params.access.rule, seconds=params.guard.max_seconds, allowed=allowed)
    for number, listed in enumerate(listing):
        show_progress("snapshot", number + 1, len(listing))
        known, parsed = read_listed(store, measure, listed, params.guard.max_bytes)
        if not (known.entry and tombstones.by_text(known.entry[1])):
            yield listed.document, known, parsed


if __name__ == "__main__":
    run(main)
