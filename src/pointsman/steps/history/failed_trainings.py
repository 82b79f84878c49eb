"""Attempts: trainings that came to nothing, so that the same evidence does not start them again."""

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
"""Parameters of the generator that change what is measured and not how it is trained."""


def note_failed(
    id_: str,
    supervision: Supervision,
    challenger: Model,
    because: str,
    *,
    ledger: Ledger,
    now: Callable[[], str],
    params: Params,
) -> None:
    """Write down that a training was not promoted, with the digests of its examples, for the next one."""
    note = {
        "set": supervision.set_id,
        "base": challenger.base,
        "because": because,
        "at": now(),
        "way": way_of(challenger.base, asdict(params.generator), params.seed),
        "examples": list(supervision.examples),
    }
    ledger.put(ATTEMPT, id_, note)


def failed_before(
    id_: str, live: Release | None, generator: Model, supervision: Supervision, *, ledger: Ledger, params: Params
) -> dict[str, Any]:
    """Return the fields of ``Evidence`` about earlier trainings: refused ones, and those a person rolled back.

    Another base, other training parameters or another seed are another way to train, and have their own attempts.
    ``id_`` is that of an attempt with exactly these examples.
    """
    way, now = way_of(generator.base, asdict(params.generator), params.seed), set(supervision.examples)
    tried = [*_refused(ledger, way), *_rolled_back(ledger, live, way)]
    exact = ledger.get(ATTEMPT, id_) is not None
    if not tried:
        return {"refused_before": exact}
    there = now | supervision.stale_examples
    since, size = min((_moved(now, there, examples), len(examples)) for examples in tried)
    return {"refused_before": exact, "tried": size, "since_tried": since}


def way_of(base: str, generator: Mapping[str, Any], seed: int) -> str:
    """Return the id of a base and of the parameters that it is trained with."""
    return content_id([base, recipe_of(generator), seed])


def recipe_of(generator: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of ``params.yaml``'s generator a training follows; a start on the base is what it always was."""
    recipe = {name: value for name, value in generator.items() if name not in MEASURED}
    lora = dict(recipe["lora"])
    start, replay = lora.pop("start", BASE), lora.pop("replay", None)
    return recipe | {"lora": lora} | ({} if start == BASE else {"start": start, "replay": replay})


def _moved(now: Collection[str], there: Collection[str], then: Collection[str]) -> int:
    """Return how many examples came, or were taken out or changed by a person; a changed one is one, not two.

    One that only went stale with its document, and so is still ``there``, is no new evidence.
    """
    return max(len(set(now) - set(then)), len(set(then) - set(there)))


def _refused(ledger: Ledger, way: str) -> list[list[str]]:
    notes = [note for id_ in ledger.ids(ATTEMPT) if (note := ledger.get(ATTEMPT, id_))]
    return [note["examples"] for note in notes if note.get("way") == way]


def _rolled_back(ledger: Ledger, live: Release | None, way: str) -> list[list[str]]:
    """Return the examples of each adapter that was live and that a person rolled back from, unless it is live again."""
    found = {}
    for left in {move["previous"] for move in moves(ledger) if move["why"] == ROLLBACK}:
        value = ledger.get(RELEASE, left)
        if value is None:
            continue  # rewritten by a forget, or gone with an older ledger: nothing is known of its examples
        release = Release.from_json(value)
        adapter = release.generator.adapter
        if adapter is None or release.trained_on is None or (live and live.generator.adapter == adapter):
            continue
        known = ledger.get(EXAMPLES, release.trained_on)
        if known is not None and _way_of(ledger, release) == way:
            found[adapter] = list(known["digests"])
    return list(found.values())


def _way_of(ledger: Ledger, release: Release) -> str | None:
    """Return the way in which a release's params.yaml trained; None where its decision is not on record any more."""
    record = ledger.get(DECISION, release.decision)
    if record is None:
        return None
    return way_of(release.generator.base, record["params"]["generator"], record["params"]["seed"])
