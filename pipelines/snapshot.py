"""snapshot: list the store, open every document once, write what was seen."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pipelines.files import DOCUMENTS, SNAPSHOT, WORKSPACE, document_row, say, write_json, write_lines
from pointsman.adapters.markup import facts, read_document
from pointsman.adapters.secrets import find_secrets
from pointsman.adapters.store import open_store
from pointsman.core.errors import StoreMoved
from pointsman.core.identity import digest
from pointsman.steps.observing import Seen, frozen, look_at, parse


def facts_of(document: str, raw: bytes) -> dict[str, Any]:
    """Return the columns that documents are judged by."""
    found = asdict(facts(document, raw))
    readable = found["utf8_ok"] and not found["is_binary"]
    return found | {"secrets": ", ".join(find_secrets(raw.decode("utf-8"))) or None if readable else None}


def main() -> None:
    """Write build/snapshot.json.gz (digests and facts) and build/documents.jsonl.gz (parsed documents)."""
    params = WORKSPACE.params()
    rule = params.store
    store = open_store(rule.url, root=WORKSPACE.root, include=rule.include, exclude=rule.exclude)
    listing = list(store.listing())
    seen: dict[str, Seen] = {}
    for number, listed in enumerate(listing):
        seen[listed.document] = look_at(store, read_document, facts_of, listed, params.guard.max_bytes)
        say("snapshot", number + 1, len(listing))

    def rows() -> Iterator[dict[str, Any]]:
        for document, found in seen.items():
            if found.entry is not None:
                raw = store.read(document)
                if digest(raw) != found.entry[0]:
                    raise StoreMoved(f"{document!r} changed while the snapshot was taken; run it again")
                yield document_row(parse(read_document, document, raw))

    written = write_lines(DOCUMENTS, rows())
    write_json(SNAPSHOT, {"documents": {d: [None, *frozen(s)[1:]] for d, s in seen.items()}})
    print(f"snapshot: {len(listing)} listed, {written} parsed")


if __name__ == "__main__":
    main()
