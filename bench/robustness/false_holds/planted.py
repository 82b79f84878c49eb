"""Plant accidents in the last state of a corpus, and ask the guards."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.robustness.false_holds.accidents import ACCIDENTS, Damage
from bench.robustness.false_holds.replay import History, Replay, observed, publish
from pointsman.adapters.backtest.in_memory import InMemoryState
from pointsman.adapters.backtest.in_memory_models import ParsedOnce
from pointsman.core.corpus.documents import Listed
from pointsman.core.hashing import digest
from pointsman.core.policy.guards.judge import alarms
from pointsman.steps.resources import Resources

SHARES = (0.05, 0.2, 0.5, 1.0)
"""Shares of the documents that an accident reaches."""
SEED = 14
SWAPPED = "each page under the name of another"
FOLDER = "one folder of several is gone"
SLOW = "2 % of the documents are lost every hour"
HOURS = 50
"""Hours of the slow loss, at most."""
LOST_AN_HOUR = 0.02
SMALL = 0.02, 0.34
"""Share of the documents of the folder that is lost, from and to."""


@dataclass
class PlantedStore:
    """A store of documents in memory."""

    documents: dict[str, bytes]

    def version(self) -> None:
        """Return None: its states have no names."""
        return

    def unread(self) -> Mapping[str, int]:
        """Return nothing: every document is read."""
        return {}

    def listing(self) -> Iterator[Listed]:
        """Yield every document, ordered by id."""
        for document, raw in sorted(self.documents.items()):
            yield Listed(document, len(raw), tag=digest(raw))

    def read(self, document: str) -> bytes:
        """Return the bytes of a document."""
        return self.documents[document]


@dataclass(frozen=True)
class Workspace:
    """A live workspace whose store can be damaged again and again: every question begins from the same state."""

    replay: Replay
    documents: Mapping[str, bytes]
    memory: Mapping[str, Any]

    def holds(self, documents: Mapping[str, bytes]) -> list[str]:
        """Return the guards that stop a refresh with these documents."""
        state = observed(self.resources(documents, InMemoryState(self.memory)))
        return [alarm.signal for alarm in alarms(state.evidence, state.limits)] if state.decision.hold else []

    def resources(self, documents: Mapping[str, bytes], memory: InMemoryState) -> Resources:
        """Return the ports of the workspace, with these documents in its store."""
        return replace(self.replay.resources, store=PlantedStore(dict(documents)), memory=memory, quarantine=memory)


def planted(history: History, shares: Sequence[float], parser: ParsedOnce) -> dict[str, Any]:
    """Return accident → the guards that hold at each share, for the last state of a history."""
    workspace = opened(history.opened(1, "commit", parser))
    found: dict[str, list[list[str]]] = {
        (accident.__name__).replace("_", " "): [
            workspace.holds(damaged(workspace.documents, accident, share)) for share in shares
        ]
        for accident in ACCIDENTS
    }
    found[SWAPPED] = [workspace.holds(swapped(workspace.documents, share)) for share in shares]
    if (lost := one_folder(workspace.documents)) is not None:
        found[FOLDER] = [workspace.holds(lost)]
    return {
        "shares": list(shares),
        "documents": len(workspace.documents),
        "accidents": found,
        "slow": slow_loss(workspace),
    }


def opened(replay: Replay) -> Workspace:
    """Return a workspace in which the documents of the last version of a history are live."""
    for version in replay.history.through(replay.versions[-1:]):
        replay.clock.at = version.at
    listed = [each.document for each in replay.history.listing() if each.problem is None]
    documents = {document: replay.history.read(document) for document in listed}
    memory = InMemoryState({})
    begun = Workspace(replay, documents, {})
    state = observed(begun.resources(documents, memory))
    publish(begun.resources(documents, memory), state, revision=1)
    kept = {d: raw for d, raw in documents.items() if d in state.manifest.entries}
    observed(begun.resources(kept, memory))
    return Workspace(replay, kept, dict(memory._values))  # noqa: SLF001 - a copy, to begin again from


def damaged(documents: Mapping[str, bytes], accident: Damage, share: float) -> dict[str, bytes]:
    """Return the documents after an accident that reaches a share of them."""
    draw = random.Random(SEED)  # noqa: S311 - the same draw every time
    reached = set(draw.sample(sorted(documents), max(1, round(share * len(documents)))))
    new = {d: accident(d, raw, draw) if d in reached else raw for d, raw in sorted(documents.items())}
    return {document: raw for document, raw in new.items() if raw is not None}


def swapped(documents: Mapping[str, bytes], share: float) -> dict[str, bytes]:
    """Return the documents, a share of them under the names of one another."""
    draw = random.Random(SEED)  # noqa: S311 - the same draw every time
    reached = draw.sample(sorted(documents), max(2, round(share * len(documents))))
    return {**documents, **{d: documents[other] for d, other in zip(reached, (*reached[1:], reached[0]), strict=True)}}


def one_folder(documents: Mapping[str, bytes]) -> dict[str, bytes] | None:
    """Return the documents without the smallest folder that has a few; None where there is no such folder."""
    least, most = (share * len(documents) for share in SMALL)
    folders = sorted({document.rpartition("/")[0] for document in documents if "/" in document})
    sizes = {folder: sum(document.startswith(f"{folder}/") for document in documents) for folder in folders}
    lost = min((f for f in folders if least <= sizes[f] <= most), key=lambda f: (sizes[f], f), default=None)
    return None if lost is None else {d: raw for d, raw in documents.items() if not d.startswith(f"{lost}/")}


def slow_loss(workspace: Workspace) -> dict[str, Any]:
    """Return when a slow loss is held: the hour, the share of the documents that were lost by then, and the guards."""
    draw = random.Random(SEED)  # noqa: S311 - the same draw every time
    order = draw.sample(sorted(workspace.documents), len(workspace.documents))
    memory, lost = InMemoryState(workspace.memory), max(1, round(LOST_AN_HOUR * len(order)))
    began = workspace.replay.clock.at
    for hour in range(1, HOURS + 1):
        workspace.replay.clock.at = began + 3600 * hour
        kept = {document: workspace.documents[document] for document in order[lost * hour :]}
        state = observed(workspace.resources(kept, memory))
        if state.decision.hold:
            gone = 1 - len(kept) / len(order)
            return {
                "hour": hour,
                "lost": round(gone, 3),
                "guards": [a.signal for a in alarms(state.evidence, state.limits)],
            }
        publish(workspace.resources(kept, memory), state, revision=hour + 1)
    return {"hour": None, "lost": 1.0, "guards": []}
