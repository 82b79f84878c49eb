"""What the ledger adds about restricted documents, and decision records as everybody may see them."""

from collections.abc import Mapping
from typing import Any

from pointsman.core.corpus.manifest import Manifest
from pointsman.core.corpus.restricted import restricted_documents, without_quotes, without_texts
from pointsman.ports.ledger import Ledger
from pointsman.steps.ledger.access_record import ACCESS_RECORD, caps_now


def restricted_now(manifest: Manifest, *, ledger: Ledger) -> frozenset[str]:
    """Return the ids of the documents that not everybody may read, as a manifest says or as was narrowed since.

    No training learns from them, in a refresh and in the DVC stages alike.
    """
    return restricted_documents([manifest.entries], caps_now(ledger))


def record_for_all(record: Mapping[str, Any], *, ledger: Ledger) -> dict[str, Any]:
    """Return a decision record without the words of documents that were restricted since it was written."""
    if not ledger.ids(ACCESS_RECORD):
        return dict(record)
    since = caps_now(ledger).keys()
    return without_quotes(without_texts(record, since), since)
