"""The holds: a stable code for each guard, what it means and what to do about it. The docs list them."""

from collections.abc import Mapping
from dataclasses import dataclass

REMOVED, LISTING, LISTING_ERROR, BYTES, NEAR, CROWD, CONTRADICTING, GROWN, REFUSED, ROLLED_BACK = (
    "guard.removed", "guard.listing", "guard.listing_error", "guard.bytes", "guard.near_duplicates", "guard.crowd",
    "guard.contradicting", "guard.grown", "guard.refused", "guard.rolled_back",
)  # fmt: skip
"""Names of the guards' signals. They are stored in records: never rename one."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason to stop a change until the store, or a person, says that it is meant."""

    code: str
    """Stable: ``PM-H`` and two digits. A code is never given to another hold."""
    title: str
    """What was found, a short sentence."""
    what_to_do: str
    """What ends the hold without an approval."""


HOLDS: Mapping[str, Hold] = {
    REMOVED: Hold(
        "PM-H01", "Many documents are gone from the store.", "put the documents back into the store"
    ),
    LISTING: Hold(
        "PM-H02", "The store lists no document at all.",
        "check that the store is mounted and that store.url is right; a listing with documents ends the hold",
    ),
    LISTING_ERROR: Hold(
        "PM-H03", "The store could not be listed.",
        "correct the connection, the permissions or store.url; the next listing that works ends the hold by itself. It "
        "cannot be approved, because nobody knows what is missing",
    ),
    BYTES: Hold(
        "PM-H04", "The documents shrank to a small part of their size.", "put the whole documents back into the store"
    ),
    NEAR: Hold(
        "PM-H05", "Many new documents are near copies.", "remove the copies from the store"
    ),
    CROWD: Hold(
        "PM-H06", "Several new documents say the same, enough to fill an answer.",
        "remove the documents that you do not want from the store",
    ),
    CONTRADICTING: Hold(
        "PM-H07", "New documents nearly copy a served one and state something else.",
        "remove the copies, or the pages that they replace, from the store",
    ),
    GROWN: Hold(
        "PM-H08", "A document grew far beyond its size.", "put the earlier version back into the store"
    ),
    REFUSED: Hold(
        "PM-H09", "The new versions of many documents are refused.",
        "correct the documents; the quarantine says what is wrong with each",
    ),
    ROLLED_BACK: Hold(
        "PM-H10", "The change would make again what a person rolled back.",
        "change a document, an example or params.yaml in any other way",
    ),
}  # fmt: skip
"""Signal of a guard → its hold."""


def by_code() -> dict[str, tuple[str, str]]:
    """Return code → (title, what to do), in the order of the codes."""
    return {hold.code: (hold.title, hold.what_to_do) for hold in sorted(HOLDS.values(), key=lambda each: each.code)}
