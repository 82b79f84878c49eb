"""Traits of texts, kept in memory between runs, and what a change does to them. The guards on texts use it.

Every document that is read because it is new or changed is measured; nothing is read for it. The traits of the texts in
the store are kept *and* those of the live texts, so that a hold can be judged again while it stands.

For the guards there is one function::

    change = changed_traits(diff=corpus.diff, live=corpus.live_manifest, now=corpus.manifest, memory=memory)
    change.length_ratio      # mean of characters after / before of the edited pages, each at most 1; None: unknown
    change.letters_change    # mean change of the share of letters, -1 to 1; None: unknown
    change.shortened, .wordless, .mojibake, .translated, .strange, .no_content    # ordered ids of documents
    change.pages             # PageKind → ids of the documents that became such a page
    change.edited            # edited documents that were compared; the denominator of shares of the edit
    change.unknown           # edited documents whose live traits are not known, never an error

A live document whose traits are not known (the memory was lost, or the text was observed by an older version) counts in
``unknown``; its new text is still judged by itself for ``mojibake`` and ``pages``.
"""

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.corpus.traits.change import TraitChange, trait_change
from pointsman.core.corpus.traits.text_traits import TRAITS_VERSION, TextTraits
from pointsman.ports.workspace import Memory
from pointsman.steps.observe.texts.memory import TextMeasure, stored_rows

TRAITS = "traits"
"""Memory key: version of the measuring, and text digest → row of traits."""


TRAIT_MEASURE = TextMeasure(
    TRAITS, TRAITS_VERSION, of=lambda parsed: TextTraits.of(parsed).as_row(),
    is_whole=lambda row: TextTraits.from_row(row) is not None,
)  # fmt: skip


def changed_traits(*, diff: Diff, live: Manifest, now: Manifest, memory: Memory) -> TraitChange:
    """Return how a change of the corpus moves the traits of its texts, from memory only."""
    if not diff.added and not diff.edited:
        return TraitChange()
    known = stored_traits(memory)
    before = {d: known.get(entry.content_digest) for d, entry in live.entries.items()}
    after = {d: known.get(now.entries[d].content_digest) for d in (*diff.added, *diff.edited)}
    return trait_change(
        edited={document: (before[document], after[document]) for document in diff.edited},
        added={document: after[document] for document in diff.added},
        live=[traits for traits in before.values() if traits is not None],
    )


def stored_traits(memory: Memory) -> dict[str, TextTraits]:
    """Return text digest → traits of all stored texts; damaged rows are left out."""
    rows = stored_rows(memory, TRAIT_MEASURE)
    return {text: traits for text, row in rows.items() if (traits := TextTraits.from_row(row)) is not None}
