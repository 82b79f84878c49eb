"""What the doctor finds."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Findings:
    """What is wrong with a workspace; after a repair, what is still wrong."""

    release: str | None
    """Id of the live release; None if there is none or it is unknown."""
    documents: int = 0
    """Documents in the live manifest."""
    points: int = 0
    """Points that a reader of the live release sees."""
    expected: int = 0
    """Points that the release should have."""
    missing: int = 0
    """Chunks of the manifest without a visible point, whose source is unchanged."""
    foreign: int = 0
    """Visible points that belong to no chunk of the manifest, duplicates included."""
    duplicated: int = 0
    """Visible points whose chunk has another visible point."""
    altered: int = 0
    """Visible points whose text, headings or metadata differ from the source or from their own digest."""
    spoiled: int = 0
    """Visible points whose vector is missing, has another dimension, is not finite or has not length 1."""
    drifted: int = 0
    """Visible points of a sample whose vector does not fit their text; only with ``deep``."""
    unrebuildable: int = 0
    """Missing points that cannot be made again, because their documents changed since."""
    source_ahead: int = 0
    """Documents whose source differs from the live version, by digest. The next refresh indexes them."""
    unnoticed: int = 0
    """Documents whose contents changed although the listing shows no change. ``--repair`` lets the next refresh read
    them."""
    unfinished: int = 0
    """Points of an interrupted stage. Readers do not see them, and the next refresh uses them."""
    unindexed: tuple[str, ...] = ()
    """Fields that readers filter by and the server has no payload index for; ``--repair`` makes them again."""
    strangers: tuple[str, ...] = ()
    """Points that another program wrote into the collection. No reader sees them; nothing here deletes them."""
    building: bool = False
    """Whether the server was building the search graph, so that its recall was not measured."""
    recall: float | None = None
    """Recall@10 of the search graph against exact search, 0..1; None: not measured."""
    recall_low: bool = False
    """Whether that is below ``gate.min_ann_recall``; ``--repair`` builds the graph finer."""
    unreachable: int = 0
    """Points that no release within reach of rollback shows, including those of whole collections."""
    garbage: tuple[str, ...] = ()
    """Collections that can be dropped: no release within reach uses them, or a rebuild that was given up left them."""
    ledger_damaged: int = 0
    """Ledger objects that cannot be read, or whose content does not match their id."""
    ledger_lost: int = 0
    """Objects that the tracker has and the ledger does not."""
    ledger_restored: int = 0
    """Objects copied back from the tracker."""
    pointer: str | None = None
    """Why the live release is unknown; None if it is known."""
    unmirrored: int = 0
    """Decisions that are missing in the tracker."""
    unregistered: int = 0
    """Releases within reach of rollback that are not registered in the tracker."""
    unpreserved: int = 0
    """Ledger objects that the tracker has no copy of."""
    aliases_behind: bool = False
    """Whether an alias in the tracker differs from the pointer."""
    forgetting: int = 0
    """Erasures that began and did not finish; ``--repair`` finishes them."""
    unproved: int = 0
    """Erasures whose newest certificate names something that was left; ``forget`` tries again."""
    tracker: str | None = None
    """Why the tracker cannot be reached; None if it can."""
    repaired: bool = False
    """Whether a repair ran."""

    @property
    def healthy(self) -> bool:
        """Whether nothing needs a repair."""
        wrong = (
            self.missing, self.foreign, self.duplicated, self.altered, self.spoiled, self.drifted, self.unrebuildable,
            self.unnoticed,
            self.ledger_damaged, self.ledger_lost, self.pointer, self.unmirrored, self.unregistered, self.unpreserved,
            self.aliases_behind, self.forgetting, self.unproved, self.points != self.expected,
            self.unindexed, self.strangers, self.recall_low,
        )  # fmt: skip
        return not any(wrong)

    def as_json(self) -> dict[str, object]:
        """Return the findings as a JSON value."""
        return asdict(self) | {"healthy": self.healthy}
