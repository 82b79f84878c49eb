"""The holds: a stable code for each guard, what it means and what to do about it. The docs list them."""

from collections.abc import Mapping
from dataclasses import dataclass

REMOVED, LISTING, LISTING_ERROR, BYTES, NEAR, CROWD, CONTRADICTING, GROWN, REFUSED, ROLLED_BACK = (
    "guard.removed", "guard.listing", "guard.listing_error", "guard.bytes", "guard.near_duplicates", "guard.crowd",
    "guard.contradicting", "guard.grown", "guard.refused", "guard.rolled_back",
)  # fmt: skip
"""Names of the guards' signals. They are stored in records: never rename one."""

EXPOSED, INSTRUCTIONS = "guard.exposed", "guard.instructions"
"""As above."""
EDITED, REPLACED, ALIKE, FOLDER, PATHS = (
    "guard.edited_share", "guard.replaced_share", "guard.alike", "guard.folder", "guard.paths",
)  # fmt: skip
"""As above: what the documents lost since they were last judged."""
ENCODING, PAGE_KIND, SHORTENED, LETTERS, LANGUAGE = (
    "guard.encoding", "guard.page_kind", "guard.shortened", "guard.letters", "guard.language",
)  # fmt: skip
"""As above: how the texts changed."""


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
        "PM-H07", "New or edited documents nearly copy a served one and contradict it.",
        "remove the copies, or the pages that they replace, from the store, or make them agree; for a folder whose "
        "pages may differ, name its paths in guard.contradicting_exempt",
    ),
    GROWN: Hold(
        "PM-H08", "A document grew far beyond its size.", "put the earlier version back into the store"
    ),
    REFUSED: Hold(
        "PM-H09", "The new versions of many documents are refused.",
        "correct the documents; the quarantine says what is wrong with each",
    ),
    ROLLED_BACK: Hold(
        "PM-H10", "The change would bring back what a person rolled back.",
        "correct what was rolled back, in the store or in params.yaml; no other change ends the hold",
    ),
    EXPOSED: Hold(
        "PM-H11", "More readers would get documents that they may not get now.",
        "put the access tags back into the documents; narrower access takes effect at once, also while a hold stands",
    ),
    INSTRUCTIONS: Hold(
        "PM-H12", "New or edited documents may give orders to a language model.",
        "remove the passage from the document; for documentation about language models, name its paths in "
        "guard.instructions_exempt",
    ),
    EDITED: Hold(
        "PM-H13", "Nearly all documents were edited.", "put the earlier versions back into the store"
    ),
    REPLACED: Hold(
        "PM-H14", "Much of the served text was replaced.", "put the earlier versions back into the store"
    ),
    ALIKE: Hold(
        "PM-H15", "Edited documents became the same.",
        "put the earlier versions back; if a crawler fills the store, look whether it is signed in",
    ),
    FOLDER: Hold(
        "PM-H16", "A folder lost most of its documents or of their text.",
        "put the documents of the folder back into the store",
    ),
    PATHS: Hold(
        "PM-H17", "A path of guard.paths lost more than it may.",
        "put its documents back into the store, or raise its limits in guard.paths",
    ),
    ENCODING: Hold(
        "PM-H18", "Documents show signs of a wrong encoding.",
        "write the documents again in UTF-8",
    ),
    PAGE_KIND: Hold(
        "PM-H19", "Documents became sign-in, error, consent or placeholder pages.",
        "put the pages back; if a crawler fills the store, look whether it is signed in",
    ),
    SHORTENED: Hold(
        "PM-H20", "Many documents lost a large part of their length.", "put the whole documents back into the store"
    ),
    LETTERS: Hold(
        "PM-H21", "Words became numbers or signs, or the reverse.", "put the earlier versions back into the store"
    ),
    LANGUAGE: Hold(
        "PM-H22", "Documents are in another language now.",
        "put the earlier versions back, or store the translation under other names",
    ),
}  # fmt: skip
"""Signal of a guard → its hold."""


def by_code() -> dict[str, tuple[str, str]]:
    """Return code → (title, what to do), in the order of the codes."""
    return {hold.code: (hold.title, hold.what_to_do) for hold in sorted(HOLDS.values(), key=lambda each: each.code)}
