"""The sections of params.yaml that limit a change: policy, gate, guard and budget."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from pointsman.settings.numbers import STRICT, Amount, Count, Number, Positive, Share


@dataclass(frozen=True, slots=True, config=STRICT)
class Policy:
    """``policy``: limits of the decision."""

    min_examples: Positive = 24
    """New accepted examples below this number do not start a training; they are debt."""
    min_probes: Positive = 20
    """Probes on each side (new and unchanged content) below this number prove nothing about the retriever."""
    shape_valid: Share = 0.9
    """Share of held-out answers in the right shape that needs no training. 0: shape is left out."""
    citation_correct: Share = 0.0
    """Share of held-out answers with the right citations that needs no training. 0: citations are left out."""
    declined: Share = 0.9
    """Share of held-out questions without an answer that must be declined for no training to be needed. 0: left
    out."""
    form_told: Share = 0.8
    """Where the examples have several forms: share of the new ones whose most similar other conversation must have
    their form. Below it training waits. 0: not checked."""
    retrieval_gap: Share = 0.15
    """hit@k on unchanged content minus hit@k on new content that proposes a retriever adapter."""
    confidence: Annotated[float, Number, Field(gt=0.5, lt=1)] = 0.95
    """Confidence of every interval, two-sided."""
    cooldown_hours: Amount = 0.0
    """Hours between two trainings of the same model."""
    tainted_share: Share = 0.1
    """Share of the live generator's examples that may be stale. A larger share proposes a training without them, if
    the adapter still answers from the replaced texts."""
    horizon_days: Amount = 7.0
    """Days for which a gain is counted when it is compared with the cost of a training."""
    hysteresis: Share = 0.02
    """How far a measure must pass its limit before an open debt is closed, so that a value near the limit does not
    open and close it again and again."""
    retry_share: Share = 0.1
    """Share of a failed training's examples that must be added, removed or changed before the next try; rounded
    down, at least one."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Gate:
    """``gate``: limits of promotion."""

    min_items: Positive = 12
    """Golden probes below this number judge neither a rebuild nor a retriever."""
    min_answers: Positive = 6
    """Held-out answers below this number promote no generator, and none is trained on fewer. 6 is the fewest from
    which a unanimous gain is more than chance."""
    min_gain: Share = 0.05
    """The lower bound of a new adapter's gain must exceed this."""
    max_loss: Share = 0.05
    """Allowed fall of hit@k on unchanged documents, or of (shape + citation)/2 on a tag or in the served context. A
    fall whose whole interval lies beyond it is refused."""
    min_slice_items: Positive = 10
    """Items of a tag, a context or an earlier task below which a fall proves nothing."""
    max_forgetting: Share = 0.03
    """Allowed fall of (shape + citation)/2 on what the live adapter was trained for. More is refused; a fall that
    may be chance is inconclusive."""
    max_memorised: Count = 0
    """Questions that only the new adapter answers from a text which the index has replaced. More than this refuse
    it."""
    keep_releases: Annotated[int, Number, Field(ge=2)] = 10
    """Releases that rollback can reach. ``doctor --repair`` removes what none of them shows."""
    grace_hours: Amount = 24.0
    """Hours for which a replaced release is kept, however many releases came since."""
    min_overlap: Share = 0.5
    """Share of 10 nearest neighbours that the live and the rebuilt index must have in common. Below it, with fewer
    golden probes than ``gate.min_items``, a person decides."""
    min_ann_recall: Share = 0.95
    """Recall@10 of the search graph against exact search below which a rebuilt index is refused."""
    catch_up_rounds: Positive = 5
    """Times that a rebuild lists the store again before it goes live, at most."""


@dataclass(frozen=True, slots=True, config=STRICT)
class PathGuard:
    """One entry of ``guard.paths``: limits of its own; what is left out is as for the store."""

    removed_count: Count | None = None
    removed_share: Share | None = None
    edited_count: Count | None = None
    edited_share: Share | None = None
    replaced_count: Count | None = None
    replaced_share: Share | None = None


@dataclass(frozen=True, slots=True, config=STRICT)
class Guard:
    """``guard``: what stops a change or refuses a document."""

    removed_count: Count = 10
    """Removed documents: more than this number and more than ``guard.removed_share`` are a hold."""
    removed_share: Share = 0.10
    """Removed documents as a share of the live ones: the second limit of ``guard.removed_count``."""
    edited_count: Count = 20
    """Documents whose text was edited: more than this number and more than ``guard.edited_share`` are a hold."""
    edited_share: Share = 0.9
    """Edited documents as a share of the served ones: the second limit of ``guard.edited_count``. Large, because
    people do edit most pages at once: a footer that goes, a new kind of link."""
    replaced_count: Count = 10
    """Text that edited documents lost, in whole documents (two pages that lost half of their text are one): more
    than this number and more than ``guard.replaced_share`` are a hold."""
    replaced_share: Share = 0.10
    """The same as a share of all served text, by documents or by bytes, whichever is larger: the second limit of
    ``guard.replaced_count``."""
    most_count: Count = 5
    """In a small store: more removed or replaced documents than this number and more than ``guard.most_share`` are a
    hold, even below ``guard.removed_count`` and ``guard.replaced_count``."""
    most_share: Share = 0.5
    """Removed or replaced documents as a share of the served ones: the second limit of ``guard.most_count``."""
    folder_count: Count = 20
    """Removed or replaced documents of one folder: more than this number and more than ``guard.folder_share`` are a
    hold, however large the rest of the store is. A folder with fewer documents may go on any day."""
    folder_share: Share = 0.5
    """Removed or replaced documents of one folder as a share of its documents: the second limit of
    ``guard.folder_count``."""
    window_days: Amount = 7.0
    """Days over which removed, edited and replaced documents are added up, so that ten an hour are one accident. The
    count begins again when a person approves a change or rolls back. 0: each change by itself."""
    paths: Mapping[str, PathGuard] = field(default_factory=dict)
    """Glob pattern of document ids → its own ``removed_…``, ``edited_…`` and ``replaced_…`` limits, for example
    ``{"scratch/**": {removed_share: 1, edited_share: 1, replaced_share: 1}}`` for a folder that changes wholly each
    day. These documents count for that path alone, not for the store or a folder; the first pattern that matches
    counts."""
    alike_count: Count | None = 4
    """Different texts that are lost when edited documents become nearly equal (five pages that say the same now lost
    four): more than this are a hold; null: no such hold."""
    page_kind_count: Count | None = 3
    """New or edited documents that are a page to sign in, an error, a request for consent or a placeholder now: more
    than this are a hold; null: no such hold."""
    encoding_count: Count | None = 3
    """New or edited documents with (more) signs of a wrong encoding, such as ``Ã¤``: more than this are a hold; null:
    no such hold."""
    shortened_count: Count | None = 10
    """Edited documents that kept less than 60 % of their characters: more than this number and more than
    ``guard.shortened_share`` are a hold; null: no such hold."""
    shortened_share: Share = 0.10
    """Shortened documents as a share of the served ones: the second limit of ``guard.shortened_count``."""
    letters_count: Count | None = 5
    """Edited documents whose share of letters moved by more than 15 points (words became numbers or signs, or the
    reverse), or that lost nearly all their digits: more than this are a hold; null: no such hold."""
    language_count: Count | None = 5
    """Edited documents that are in another language now: more than this are a hold; null: no such hold."""
    min_documents: Count = 10
    """Live documents up to which ``guard.min_bytes_share`` proves nothing: a corpus of three files may halve on any
    day."""
    min_bytes_share: Share = 0.5
    """Bytes to serve as a share of the live bytes. Less is a hold."""
    duplicates_count: Count = 10
    """New or edited near copies: more than this number and more than ``guard.duplicates_share`` are a hold."""
    duplicates_share: Share = 0.10
    """New or edited near copies as a share of the live documents: the second limit of ``guard.duplicates_count``."""
    duplicate_similarity: Annotated[float, Number, Field(gt=0, le=1)] = 0.8
    """Share of three-word shingles in common (estimated by MinHash) from which two different texts are near copies."""
    crowd_count: Annotated[int, Number, Field(ge=2)] | None = 3
    """New texts that open alike and are near copies of one another: this many are a hold, for they could fill an
    answer's passages. null: no such hold."""
    crowd_similarity: Annotated[float, Number, Field(gt=0, le=1)] = 0.5
    """Share of three-word shingles in common from which texts that open alike are a crowd."""
    contradicting: Count | None = 0
    """New or edited documents that nearly copy a served one (``guard.duplicate_similarity``) and cannot both be right
    with it: another number, date, unit, version, name or address, a negation, must and may, opposites. More than this
    are a hold; null: no such hold. Editions are not compared: paths that differ in a version, a date or a language
    (``v1/a.md`` and ``v2/a.md``, ``de/a.md`` and ``fr/a.md``, ``3.1.txt`` and ``3.2.txt``); nor are copies of a part of
    a page, two pages that are both new, and what contradicted before."""
    contradicting_exempt: tuple[str, ...] = ()
    """Glob patterns of document ids that this guard leaves alone, for example ``["archive/**"]``: a folder whose pages
    may state something else than their copies."""
    exposed_count: Count | None = 3
    """Documents that more readers would get than now: fewer access tags or none, another group, or the text of a
    restricted page under another name. More than this within ``guard.window_days`` are a hold; null: no such hold."""
    instructions_count: Count | None = 0
    """New or edited documents that may give orders to a language model (text addressed to one, role marks, hidden
    text): more than this are a hold, also before anything is live; null: no such hold."""
    instructions_exempt: tuple[str, ...] = ()
    """Glob patterns of document ids that this guard leaves alone, for example ``["llm/**"]``: documentation about
    language models quotes such text."""
    growth_factor: Annotated[float, Number, Field(ge=1, allow_inf_nan=False)] = 100.0
    """Growth of a document: more than this many times its live size and more than ``guard.growth_bytes`` is a hold."""
    growth_bytes: Count = 100_000
    """Size of a document, in bytes: the second limit of ``guard.growth_factor``."""
    refused_count: Count = 10
    """Served documents whose new versions are newly refused: more than this number and more than
    ``guard.refused_share`` are a hold."""
    refused_share: Share = 0.10
    """Newly refused documents as a share of the live ones: the second limit of ``guard.refused_count``."""
    max_bytes: Positive = 5_000_000
    """Bytes of a document. A larger one goes to quarantine."""
    max_seconds: Annotated[float, Number, Field(gt=0, allow_inf_nan=False)] = 60.0
    """Processor time in seconds to read and check one document. One that takes longer goes to quarantine; the others
    go on."""
    min_words: Count = 3
    """Words of prose in a document. One with fewer goes to quarantine."""
    max_link_share: Share = 0.8
    """Share of words inside links or directives. A document with more is navigation and goes to quarantine."""
    max_copies: Positive = 20
    """Documents with equal text. Those beyond this number go to quarantine."""
    personal_data: Literal["refuse", "serve"] = "refuse"
    """What happens to a document, example or probe with a valid IBAN, payment card or identity number: ``refuse``
    sends it to quarantine; ``serve`` is for documentation whose numbers are examples."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Budget:
    """``budget``: what a training may cost."""

    train_seconds: Amount = 1800.0
    """A training predicted to take longer, in seconds, waits as debt."""
    checkpoint_seconds: Amount = 60.0
    """Seconds between two checkpoints of a training: what a killed one loses at most. 0: one after each step."""
    price_per_hour: Amount = 0.0
    """Money for an hour of this machine, for the estimates."""
    train_money: Amount | None = None
    """A training predicted to cost more waits as debt. null: no limit."""
    seconds_per_point_day: Annotated[float, Number, Field(gt=0, allow_inf_nan=False)] | None = 10.0
    """Seconds of training that one point (0.01) of a measure is worth for one day. null: any gain is worth any
    cost."""
