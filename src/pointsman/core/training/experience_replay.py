"""Replay: what a training goes on from, and the earlier examples that it repeats so that they are not forgotten.

A training starts on the base, with everything, or on the live adapter, with what is new and a draw of what that adapter
learned before: experience replay, or rehearsal (Robins 1995; Scialom, Chakrabarty & Muresan 2022, arXiv 2205.12393).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.hashing import digest
from pointsman.core.supervision.examples import Shape

BASE, LIVE = "base", "live"
"""What a training may start on: ``generator.lora.start``."""


@dataclass(frozen=True, slots=True)
class Champion:
    """The live generator's adapter, as far as the ledger knows it."""

    adapter: str
    """Its fingerprint."""
    base: str
    """Fingerprint of the base that it was trained on."""
    learned: frozenset[str]
    """Digests of the examples that it learned, through all adapters that it goes on from."""
    rank: int | None = None
    """None, as ``alpha``: trained before that was written down."""
    alpha: int | None = None
    tainted: tuple[str, ...] = ()
    """Requests to forget a document that it learned from."""

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {**asdict(self), "learned": sorted(self.learned), "tainted": list(self.tainted)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Champion":
        """Return what ``as_json`` gave."""
        return cls(**{**value, "learned": frozenset(value["learned"]), "tainted": tuple(value["tainted"])})


@dataclass(frozen=True, slots=True)
class Recipe:
    """How params.yaml asks for a training."""

    start: str
    """``base`` or ``live``."""
    replay: float
    """Earlier examples for each new one, 0 or more."""
    base: str
    """Fingerprint of the base model."""
    rank: int
    alpha: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a training set is put together by: an example without its text."""

    digest: str
    form: str
    """Its behaviour: tags, and the keys of its completion. Equal forms are one behaviour."""


@dataclass(frozen=True, slots=True)
class Syllabus:
    """What a training starts on, and which of the training side's examples it learns."""

    adapter: str | None
    """Fingerprint of the adapter that it goes on from; None: on the base."""
    because: str
    taught: tuple[int, ...]
    """Places of the examples that are trained on, ascending."""
    replayed: tuple[int, ...] = ()
    """Those of them that the adapter learned before."""

    def as_json(self) -> dict[str, Any]:
        """Return it for a training's report."""
        return {
            "start": BASE if self.adapter is None else LIVE, "continues": self.adapter, "start_because": self.because,
            "examples": len(self.taught), "replayed": len(self.replayed),
        }  # fmt: skip


def form_of(completion: str, tags: Collection[str]) -> str:
    """Return the behaviour that an example teaches, by its tags and the keys of its completion."""
    shape = Shape.of([completion])
    keys = ", ".join(sorted(key for key, _ in shape.keys)) if shape else "text"
    return f"{' '.join(sorted(set(tags)))} ({keys})".strip()


def hindrance(champion: Champion | None, recipe: Recipe, stale: Collection[str] = ()) -> str | None:
    """Return why a training cannot go on from the live adapter; None when it can.

    Args:
        champion: the live adapter; None without one.
        recipe: of params.yaml.
        stale: digests of the examples that are no longer true.
    """
    if recipe.start == BASE:
        return "generator.lora.start is base"
    if champion is None:
        return "nothing is live that has an adapter"
    if champion.base != recipe.base:
        return f"the live adapter {champion.adapter} was trained on base {champion.base} and the base is {recipe.base}"
    return _taint(champion, stale) or _misfit(champion, recipe)


def _taint(champion: Champion, stale: Collection[str]) -> str | None:
    """Return why a tainted adapter is not taught more: what it should not know would stay in it."""
    if champion.tainted:
        requests = ", ".join(champion.tainted)
        return f"the live adapter {champion.adapter} is tainted: it learned from a forgotten document ({requests})"
    if bad := champion.learned.intersection(stale):
        return f"the live adapter {champion.adapter} is tainted: {len(bad)} of the examples it learned are stale"
    return None


def _misfit(champion: Champion, recipe: Recipe) -> str | None:
    if None in (champion.rank, champion.alpha):
        return f"rank and alpha of the live adapter {champion.adapter} were not written down when it was trained"
    its, asked = f"rank {champion.rank}, alpha {champion.alpha}", f"rank {recipe.rank}, alpha {recipe.alpha}"
    if its != asked:
        return f"the live adapter {champion.adapter} has {its} and params.yaml asks for {asked}"
    return None


def syllabus(
    champion: Champion | None,
    recipe: Recipe,
    lessons: Sequence[Lesson],
    *,
    held_out: Collection[str],
    stale: Collection[str],
    seed: int,
) -> Syllabus:
    """Return what a training starts on and learns.

    Args:
        champion: the live adapter; None without one.
        recipe: of params.yaml.
        lessons: the training side: accepted examples, so none that is stale, forgotten or gone.
        held_out: digests of the examples of the exam.
        stale: digests of the examples that are no longer true.
        seed: of the draw.
    """
    everything = tuple(range(len(lessons)))
    hindered = hindrance(champion, recipe, stale)
    if hindered is not None or champion is None:
        return Syllabus(None, hindered or "", everything)
    if seen := champion.learned.intersection(held_out):
        because = f"the live adapter {champion.adapter} may have learned {len(seen)} of the exam's held-out examples"
        return Syllabus(None, because, everything)
    new = [n for n, lesson in enumerate(lessons) if lesson.digest not in champion.learned]
    if not new:
        because = f"the live adapter {champion.adapter} has learned all {len(lessons)} examples of the training side"
        return Syllabus(None, because, everything)
    earlier = [n for n, lesson in enumerate(lessons) if lesson.digest in champion.learned]
    replayed = drawn(lessons, earlier, new=len(new), share=recipe.replay, seed=seed)
    because = f"{len(new)} examples are new to the live adapter {champion.adapter}"
    return Syllabus(champion.adapter, because, tuple(sorted([*new, *replayed])), tuple(sorted(replayed)))


def drawn(lessons: Sequence[Lesson], earlier: Sequence[int], *, new: int, share: float, seed: int) -> list[int]:
    """Return which of ``earlier`` are repeated: ``share`` of the new ones, every behaviour in its proportion.

    Each behaviour is met at least once, if need be beyond the share, as long as that is no more than there are new
    examples; the most frequent ones come first then. Within a behaviour the order is that of a seeded hash, so that
    one example more or less leaves the others where they were.
    """
    strata: dict[str, list[int]] = {}
    for n in sorted(earlier, key=lambda n: (digest(f"{seed}\nreplay\n{lessons[n].digest}"), n)):
        strata.setdefault(lessons[n].form, []).append(n)
    wanted = replays(len(earlier), new=new, share=share)
    if share > 0:
        wanted = max(wanted, min(len(strata), new))
    quota = _quotas({form: len(members) for form, members in strata.items()}, wanted)
    return [n for form, members in strata.items() for n in members[: quota[form]]]


def replays(earlier: int, *, new: int, share: float) -> int:
    """Return how many earlier examples a share of the new ones asks for, of those there are."""
    return min(earlier, math.ceil(round(share * new, 9)))


def _quotas(sizes: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Return how many of each stratum are drawn: one each, the largest first, and the rest in proportion.

    What is left by rounding down goes to the largest remainders (Hamilton's method); equals are ordered by name.
    """
    order = sorted(sizes, key=lambda form: (-sizes[form], form))
    quota = {form: int(place < wanted) for place, form in enumerate(order)}
    left, room = wanted - sum(quota.values()), sum(sizes.values()) - sum(quota.values())
    if left <= 0 or room <= 0:
        return quota
    due = {form: left * (sizes[form] - 1) / room for form in order}
    for form in order:
        quota[form] += int(due[form])
    rest = wanted - sum(quota.values())
    for form in sorted(order, key=lambda form: (int(due[form]) - due[form], -sizes[form], form))[:rest]:
        quota[form] += 1
    return quota
