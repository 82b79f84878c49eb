"""Experience replay: which examples a training learns, and which earlier ones it repeats.

A training starts from the base model with all examples, or continues the live adapter with the new examples and a
sample of the earlier ones. The sample prevents catastrophic forgetting (rehearsal: Robins 1995; Scialom, Chakrabarty &
Muresan 2022, arXiv 2205.12393).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.hashing import digest
from pointsman.core.supervision.examples import Shape

BASE, LIVE = "base", "live"
"""Values of ``generator.lora.start``: what a training starts from."""


@dataclass(frozen=True, slots=True)
class Champion:
    """The adapter of the live generator, as the ledger describes it."""

    adapter: str
    """Its fingerprint."""
    base: str
    """Fingerprint of the base model that it was trained on."""
    learned: frozenset[str]
    """Digests of the examples that it learned, itself or through the adapters that it continues."""
    rank: int | None = None
    """LoRA rank; None: trained before it was recorded."""
    alpha: int | None = None
    """LoRA alpha; None: trained before it was recorded."""
    tainted: tuple[str, ...] = ()
    """Ids of requests to erase a document that it learned from."""

    def as_json(self) -> dict[str, Any]:
        """Return the champion as a JSON value."""
        return {**asdict(self), "learned": sorted(self.learned), "tainted": list(self.tainted)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Champion":
        """Return the champion that ``as_json`` wrote."""
        return cls(**{**value, "learned": frozenset(value["learned"]), "tainted": tuple(value["tainted"])})


@dataclass(frozen=True, slots=True)
class AdapterRecipe:
    """The settings of a generator training in params.yaml."""

    start: str
    """``base`` or ``live``."""
    replay: float
    """Earlier examples that are repeated for each new one, 0 or more."""
    base: str
    """Fingerprint of the base model."""
    rank: int
    """LoRA rank."""
    alpha: int
    """LoRA alpha."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """An example without its text: what the selection of training data depends on."""

    digest: str
    """Digest of the example."""
    behaviour: str
    """What it teaches (see ``behaviour_of``)."""


@dataclass(frozen=True, slots=True)
class TrainingSelection:
    """What a training starts from, and which examples it learns."""

    adapter: str | None
    """Fingerprint of the adapter that it continues; None: it starts from the base model."""
    because: str
    """Why, in words."""
    selected: tuple[int, ...]
    """Indices of the examples that are trained on, ascending."""
    replayed: tuple[int, ...] = ()
    """Those of ``selected`` that the adapter learned before."""

    def as_json(self) -> dict[str, Any]:
        """Return the selection for the report of a training."""
        return {
            "start": BASE if self.adapter is None else LIVE, "continues": self.adapter, "start_because": self.because,
            "examples": len(self.selected), "replayed": len(self.replayed),
        }  # fmt: skip


def behaviour_of(completion: str, tags: Collection[str]) -> str:
    """Return the behaviour that an example teaches: its tags and the keys of its completion."""
    shape = Shape.of([completion])
    keys = ", ".join(sorted(key for key, _ in shape.keys)) if shape else "text"
    return f"{' '.join(sorted(set(tags)))} ({keys})".strip()


def why_not_continue(champion: Champion | None, recipe: AdapterRecipe, stale: Collection[str] = ()) -> str | None:
    """Return why a training cannot continue the live adapter, or None if it can.

    Args:
        champion: the live adapter, or None if there is none.
        recipe: the settings of params.yaml.
        stale: digests of the examples that are no longer true.
    """
    if recipe.start == BASE:
        return "generator.lora.start is base"
    if champion is None:
        return "the live generator has no adapter"
    if champion.base != recipe.base:
        return f"the live adapter {champion.adapter} was trained on base {champion.base} and the base is {recipe.base}"
    return _taint(champion, stale) or _misfit(champion, recipe)


def _taint(champion: Champion, stale: Collection[str]) -> str | None:
    """Return why a tainted adapter is not trained further: what it should not know would stay in it."""
    if champion.tainted:
        requests = ", ".join(champion.tainted)
        return f"the live adapter {champion.adapter} is tainted: it learned from a forgotten document ({requests})"
    if bad := champion.learned.intersection(stale):
        return f"the live adapter {champion.adapter} is tainted: {len(bad)} of the examples it learned are stale"
    return None


def _misfit(champion: Champion, recipe: AdapterRecipe) -> str | None:
    if None in (champion.rank, champion.alpha):
        return f"rank and alpha of the live adapter {champion.adapter} were not recorded when it was trained"
    its, wanted = f"rank {champion.rank}, alpha {champion.alpha}", f"rank {recipe.rank}, alpha {recipe.alpha}"
    if its != wanted:
        return f"the live adapter {champion.adapter} has {its} and params.yaml asks for {wanted}"
    return None


def select_examples(
    champion: Champion | None,
    recipe: AdapterRecipe,
    examples: Sequence[TrainingExample],
    *,
    held_out: Collection[str],
    stale: Collection[str],
    seed: int,
) -> TrainingSelection:
    """Return what a training starts from, and which examples it learns.

    Args:
        champion: the live adapter, or None if there is none.
        recipe: the settings of params.yaml.
        examples: the accepted examples for training; none of them is stale, erased or removed.
        held_out: digests of the examples for evaluation.
        stale: digests of the examples that are no longer true.
        seed: seed of the sample.
    """
    everything = tuple(range(len(examples)))
    reason = why_not_continue(champion, recipe, stale)
    if reason is not None or champion is None:
        return TrainingSelection(None, reason or "", everything)
    if seen := champion.learned.intersection(held_out):
        because = f"the live adapter {champion.adapter} may have learned {len(seen)} of the held-out examples"
        return TrainingSelection(None, because, everything)
    new = [n for n, example in enumerate(examples) if example.digest not in champion.learned]
    if not new:
        because = f"the live adapter {champion.adapter} has learned all {len(examples)} training examples"
        return TrainingSelection(None, because, everything)
    earlier = [n for n, example in enumerate(examples) if example.digest in champion.learned]
    replayed = draw_replay(examples, earlier, new=len(new), share=recipe.replay, seed=seed)
    because = f"{len(new)} examples are new to the live adapter {champion.adapter}"
    return TrainingSelection(champion.adapter, because, tuple(sorted([*new, *replayed])), tuple(sorted(replayed)))


def draw_replay(
    examples: Sequence[TrainingExample], earlier: Sequence[int], *, new: int, share: float, seed: int
) -> list[int]:
    """Return the earlier examples to repeat, a sample stratified by behaviour.

    Each behaviour occurs at least once, the most frequent first, even if that is more than ``share`` asks for, but for
    that no more examples are repeated than there are new ones. Within a behaviour a seeded hash gives the order: one
    example more or less does not change the rest of the sample.

    Args:
        examples: all training examples.
        earlier: indices of those that the live adapter has learned.
        new: number of examples that it has not.
        share: examples to repeat for each new one.
        seed: seed of the sample.
    """
    strata: dict[str, list[int]] = {}
    for n in sorted(earlier, key=lambda n: (digest(f"{seed}\nreplay\n{examples[n].digest}"), n)):
        strata.setdefault(examples[n].behaviour, []).append(n)
    count = replay_count(len(earlier), new=new, share=share)
    if share > 0:
        count = max(count, min(len(strata), new))
    quota = _quotas({form: len(members) for form, members in strata.items()}, count)
    return [n for form, members in strata.items() for n in members[: quota[form]]]


def replay_count(earlier: int, *, new: int, share: float) -> int:
    """Return how many earlier examples are repeated: ``share`` for each new one, at most all."""
    return min(earlier, math.ceil(round(share * new, 9)))


def _quotas(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """Return how many examples of each stratum are drawn: one each, the largest first, the rest in proportion.

    Rounding is by the largest remainder (Hamilton's method); equal remainders go by size, then by name.
    """
    order = sorted(sizes, key=lambda form: (-sizes[form], form))
    quota = {form: int(place < count) for place, form in enumerate(order)}
    left, room = count - sum(quota.values()), sum(sizes.values()) - sum(quota.values())
    if left <= 0 or room <= 0:
        return quota
    due = {form: left * (sizes[form] - 1) / room for form in order}
    for form in order:
        quota[form] += int(due[form])
    rest = count - sum(quota.values())
    for form in sorted(order, key=lambda form: (int(due[form]) - due[form], -sizes[form], form))[:rest]:
        quota[form] += 1
    return quota
