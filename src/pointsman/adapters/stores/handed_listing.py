"""A listing that is handed to the stages of dvc.yaml, so that one refresh lists the store once.

``dvc repro`` by hand finds none, and lists the store itself. A git store is listed again all the same: its listing
resolves the revision that its documents are read from, and costs no request.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pointsman.core.corpus.documents import Listed
from pointsman.ports.stores import DocumentStore
from pointsman.settings.workspace import WorkspaceFolder

VARIABLE = "POINTSMAN_LISTING"
"""Environment variable that names the file with the listing."""


def hand_over(root: Path, listing: Sequence[Listed] | None) -> dict[str, str]:
    """Write a listing to a file of the workspace and return the environment that names it; empty for no listing."""
    if listing is None:
        return {}
    file = WorkspaceFolder(root).scratch / "listing.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(each) for each in listing]), encoding="utf-8", errors="surrogatepass")
    return {VARIABLE: str(file)}


def listing_of(store: DocumentStore, url: str) -> list[Listed]:
    """Return the listing that was handed over, else list the store.

    Raises:
        ListingFailed: the store cannot be reached or listed.
    """
    handed = os.environ.get(VARIABLE)
    if handed is None or url.startswith("git+"):
        return list(store.listing())
    rows = json.loads(Path(handed).read_text(encoding="utf-8", errors="surrogatepass"))
    return [Listed(**row) for row in rows]
