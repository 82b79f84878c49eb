"""snapshot: list the store, open every document once, write what was seen."""

from collections.abc import Iterator
from typing import Any

from pointsman.adapters.parsers.document import examine_document
from pointsman.adapters.stores.open import open_store
from pointsman.core.errors import StoreMoved
from pointsman.stages.artifacts import DOCUMENTS, SNAPSHOT, WORKSPACE, document_row, say, write_json, write_lines
from pointsman.stages.forgotten import tombstones
from pointsman.stages.runner import run
from pointsman.steps.ledger.tombstones import unnamed
from pointsman.steps.observe.documents import look_at
from pointsman.steps.observe.verdict_cache import Seen, frozen


def main() -> None:
    """Write build/snapshot.json.gz (digests and facts) and build/documents.jsonl.gz (parsed documents)."""
    params = WORKSPACE.params()
    rule = params.store
    store = open_store(rule.url, root=WORKSPACE.root, include=rule.include, exclude=rule.exclude)
    tombs = tombstones()
    listing, _ = unnamed(list(store.listing()), tombs)
    seen: dict[str, Seen] = {}

    def rows() -> Iterator[dict[str, Any]]:
        for number, listed in enumerate(listing):
            say("snapshot", number + 1, len(listing))
            try:
                known, parsed = look_at(store, examine_document, listed, params.guard.max_bytes)
            except StoreMoved as error:  # it went away since it was listed; the refresh lists again and catches up
                print(f"left out: {error}", flush=True)
                continue
            if known.entry and tombs.by_text(known.entry[1]):
                continue
            seen[listed.document] = known
            if parsed is not None:
                yield document_row(parsed)

    written = write_lines(DOCUMENTS, rows())
    write_json(SNAPSHOT, {"documents": {d: [None, *frozen(s)[1:]] for d, s in seen.items()}})
    print(f"snapshot: {len(listing)} listed, {written} parsed")


if __name__ == "__main__":
    run(main)
