"""Trainings that were refused or rolled back, so that the same evidence does not start them again."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any

from pointsman.core.hashing import content_id
from pointsman.core.release import Model, Release
from pointsman.core.training.experience_replay import BASE
from pointsman.ports.ledger import Ledger
from pointsman.settings.params import Params
from pointsman.steps.ledger.releases import ATTEMPT, DECISION, EXAMPLES, RELEASE, ROLLBACK, moves
from pointsman.steps.supervision.accept import Supervision

MEASURED = frozenset(("constrained", "few_shot"))
"""Generator parameters that change what is measured, and not how the model is trained."""


def record_failed_training(
    id_: str,
    supervision: Supervision,
    challenger: Model,
    because: str,
    *,
    ledger: Ledger,
    now: Callable[[], str],
    params: Params,
) -> None:
    """Record in the ledger that a training was not promoted, with the digests of its examples."""
    note = {
        "set": supervision.set_id,
        "base": challenger.base,
        "because": because,
        "at": now(),
        "way": training_way(challenger.base, asdict(params.generator), params.seed),
        "examples": list(supervision.examples),
    }
    ledger.put(ATTEMPT, id_, note)


def failed_before(
    id_: str, live: Release | None, generator: Model, supervision: Supervision, *, ledger: Ledger, params: Params
) -> dict[str, Any]:
    """Return the fields of ``TrainingHistory`` about trainings that the gate refused or a person rolled back.

    Only trainings with the same base, training parameters and seed count. ``id_`` is the id of an attempt with exactly
    these examples.
    """
    way, now = training_way(generator.base, asdict(params.generator), params.seed), set(supervision.examples)
    tried = [*_refused(ledger, way), *_rolled_back(ledger, live, way)]
    exact = ledger.get(ATTEMPT, id_) is not None
    if not tried:
        return {"refused_before": exact}
    there = now | supervision.stale_examples
    since, size = min((_changed_examples(now, there, examples), len(examples)) for examples in tried)
    return {"refused_before": exact, "tried": size, "since_tried": since}


def attempt_id(params: Params, supervision: Supervision, generator: Model) -> str:
    """Return the id of one training: examples, base, training parameters and seed.

    The adapter of ``generator`` is part of it if the training continues from that adapter.
    """
    continued = [] if params.generator.lora.start == BASE else [generator.adapter]
    parameters = training_parameters(asdict(params.generator))
    return content_id([supervision.set_id, generator.base, parameters, params.seed, *continued])


def training_way(base: str, generator: Mapping[str, Any], seed: int) -> str:
    """Return the id of a base model together with its training parameters and seed."""
    return content_id([base, training_parameters(generator), seed])


def training_parameters(generator: Mapping[str, Any]) -> dict[str, Any]:
    """Return the generator parameters that a training depends on.

    A training that starts on the base has no ``start`` and no ``replay``, so that older attempts keep their ids.
    """
    recipe = {name: value for name, value in generator.items() if name not in MEASURED}
    lora = dict(recipe["lora"])
    start, replay = lora.pop("start", BASE), lora.pop("replay", None)
    return recipe | {"lora": lora} | ({} if start == BASE else {"start": start, "replay": replay})


def _changed_examples(now: Collection[str], there: Collection[str], then: Collection[str]) -> int:
    """Return how many examples people added, removed or changed since an attempt. A changed example counts once.

    An example that only became stale with its document is still in ``there`` and does not count.
    """
    return max(len(set(now) - set(then)), len(set(then) - set(there)))


def _refused(ledger: Ledger, way: str) -> list[list[str]]:
    notes = [note for id_ in ledger.ids(ATTEMPT) if (note := ledger.get(ATTEMPT, id_))]
    return [note["examples"] for note in notes if note.get("way") == way]


def _rolled_back(ledger: Ledger, live: Release | None, way: str) -> list[list[str]]:
    """Return the example digests of each adapter that a person rolled back from, unless it is live again."""
    found = {}
    for left in {move["previous"] for move in moves(ledger) if move["why"] == ROLLBACK}:
        value = ledger.get(RELEASE, left)
        if value is None:
            continue  # rewritten by an erasure, or missing in an older ledger: its examples are unknown
        release = Release.from_json(value)
        adapter = release.generator.adapter
        if adapter is None or release.trained_on is None or (live and live.generator.adapter == adapter):
            continue
        known = ledger.get(EXAMPLES, release.trained_on)
        if known is not None and _training_way_of(ledger, release) == way:
            found[adapter] = list(known["digests"])
    return list(found.values())


def _training_way_of(ledger: Ledger, release: Release) -> str | None:
    """Return the training way of a release; None if its decision is no longer in the ledger."""
    record = ledger.get(DECISION, release.decision)
    if record is None:
        return None
    return training_way(release.generator.base, record["params"]["generator"], record["params"]["seed"])
