"""Histories of access: statements that change, break and come back, holds, rollbacks and refreshes."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.index.filters import Filter
from pointsman.settings.params import Gate, Guard
from pointsman.steps.ledger.releases import live_release, moves
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.review.document import document_report
from pointsman.steps.serving.answer import ask, search
from tests.fakes.resources import fake_resources, page, run
from tests.steps.holds import signals_of

GROUPS = ("staff", "board")
READERS = tuple(frozenset(each) for n in range(3) for each in combinations(GROUPS, n))
"""Every reader there can be."""
QUESTION = "who opens the door and calls the village when it breaks"
NOBODY: frozenset[str] = frozenset()
"""A reader without groups."""
STAFF = frozenset({"staff"})
BROKEN = "broken"
"""Stands for a statement that cannot be read."""

Access = list[str] | str | None
"""Groups, ``BROKEN``, or None for a document without a statement."""


def tagged(nth: int, access: Access, *, extra: str = "") -> str:
    """Return a page with an access statement, with none, or with one that cannot be read."""
    if access is None:
        return page(nth, extra=extra)
    line = "acess: [staff]" if access == BROKEN else f"access: [{', '.join(access)}]"
    return f"---\n{line}\n---\n{page(nth, extra=extra)}"


def may_read(groups: frozenset[str], access: Access) -> bool:
    """Return whether a statement lets a reader have its document; one that cannot be read lets nobody."""
    return access is None or (access != BROKEN and bool(groups & set(access)))


class AccessWorld:
    """A store whose statements change, a workspace that follows it, and what was observed last of each document."""

    def __init__(self, scratch: Path, *, documents: int = 5, index: Any = None, **sections: Any) -> None:
        limits = {"guard": Guard(removed_count=1, removed_share=0.3, crowd_count=None, contradicting=None)}
        made = fake_resources(
            scratch, **{**limits, "gate": Gate(keep_releases=3, grace_hours=0, min_overlap=0), **sections}
        )
        self.resources: Any = made
        self.now: dict[str, tuple[int, Access, str]] = {}
        """Document → (number of its page, access, text at its end), as the store has it."""
        self.observed: dict[str, Access] = {}
        """Document → its access when the store was observed last; of a removed one, the last before."""
        self.texts: dict[str, set[tuple[int, str]]] = {}
        """Document → every text that it had."""
        self.said: list[str] = []
        for nth in range(documents):
            self.write(f"doc{nth:02d}.md", nth, None)

    def write(self, name: str, nth: int, access: Access, extra: str = "") -> None:
        self.now[name] = nth, access, extra
        self.resources.store.write(name, tagged(nth, access, extra=extra))

    def say(self, name: str, access: Access) -> None:
        """Change the statement of a document."""
        nth, _, extra = self.now[name]
        self.write(name, nth, access, extra)

    def remove(self, name: str) -> None:
        del self.now[name]
        self.resources.store.remove(name)

    def rename(self, old: str, new: str, access: Access) -> None:
        nth, _, extra = self.now[old]
        self.remove(old)
        self.write(new, nth, access, extra)

    def refresh(self, *, approved: bool = False, do: Any = None) -> Outcome:
        before = dict(self.now)
        outcome = run(self.resources, approved=approved, **({"do": do} if do else {}))
        self.note(before)
        return outcome

    def note(self, seen: dict[str, tuple[int, Access, str]]) -> None:
        """Note that the store was observed with these documents. A text under a new name takes the old one along."""
        now: dict[tuple[int, str], list[Access]] = {}
        for document, (nth, access, extra) in seen.items():
            self.texts.setdefault(document, set()).add((nth, extra))
            self.observed[document] = access
            now.setdefault((nth, extra), []).append(access)
        for document, texts in self.texts.items():
            found = [access for text in texts for access in now.get(text, [None])]
            if document not in seen and None not in found and self.observed[document] is None:
                self.observed[document] = sorted({g for each in found if isinstance(each, list) for g in each})

    def roll_back(self, rnd: random.Random) -> None:
        known = sorted({move["release"] for move in moves(self.resources.ledger)})
        try:
            roll_back(self.resources.records, rnd.choice(known) if known else None, vector_index=self.resources.index)
        except UsageError:
            return  # it is live already, or there is none before it

    def found(self, groups: frozenset[str]) -> set[str]:
        """Return every document that a reader gets in any way."""
        if live_release(self.resources.ledger) is None:
            return set()
        allow = Filter(groups)
        hits = search(self.resources.serving, QUESTION, top_k=1000, allow=allow)["hits"]
        answer = ask(self.resources.serving, QUESTION, allow=allow)
        got = {name for hit in (*hits, *answer["context"]) for name in (hit["document"], *hit["also_in"])}
        return got | set(answer["citations"]) | set(self.shown(allow))

    def shown(self, allow: Filter) -> Iterator[str]:
        for document in self.observed:
            try:
                report = document_report(
                    self.resources.serving, document, quarantine=self.resources.quarantine, allow=allow
                )
            except UsageError:
                continue  # no release has it
            if report["chunks"] or report["title"]:
                yield document

    def check(self) -> None:
        """Require that nobody gets a document that its last observed statement does not let him read."""
        for groups in READERS:
            wrong = {d for d in self.found(groups) if not may_read(groups, self.observed[d])}
            assert not wrong, f"{sorted(groups)} gets {wrong}: {[(d, self.observed[d]) for d in wrong]}; {self.said}"

    def visible(self, groups: frozenset[str]) -> set[str]:
        return {d for d, (_, access, _) in self.now.items() if may_read(groups, access)}


def act(world: AccessWorld, rnd: random.Random) -> None:
    """Do one thing that people do, drawn at random."""
    names = sorted(world.now)
    kind = rnd.choice(
        ["say"] * 6 + ["refresh"] * 5 + ["edit", "remove", "add", "rename", "roll back", "accident", "approve"]
    )
    name = rnd.choice(names) if names else ""
    access: Access = rnd.choice([None, None, [], ["staff"], ["board"], ["staff", "board"], BROKEN])
    new = f"doc{rnd.randint(0, 7):02d}.md"
    world.said.append(f"{kind} {name} {access} {new}")
    if kind == "say" and name:
        world.say(name, access)
    elif kind == "edit" and name:
        nth, now, _ = world.now[name]
        world.write(name, nth, now, f"\nNote {rnd.randint(0, 3)} was added to the page.\n")
    elif kind == "remove" and len(names) > 1:
        world.remove(name)
    elif kind == "add" and new not in world.now:
        world.write(new, int(new[3:5]), access)
    elif kind == "rename" and name and new not in world.now:
        world.rename(name, new, access)
    elif kind == "accident":
        for each in names[1:]:
            world.remove(each)
    elif kind == "roll back":
        world.roll_back(rnd)
    elif kind in {"refresh", "approve"}:
        world.refresh(approved=kind == "approve")


def world_of(tmp_path: Path, ports: tuple[Any, Any], *, documents: int = 8, **guard: Any) -> AccessWorld:
    """Return a world whose first release is live."""
    limits = {"removed_count": 2, "removed_share": 0.1, "crowd_count": None, "contradicting": None, **guard}
    world = AccessWorld(tmp_path, documents=documents, guard=Guard(**limits), gate=Gate(min_overlap=0))
    world.resources = replace(world.resources, index=ports[0], ledger=ports[1])
    world.refresh()
    return world


def back_to(world: AccessWorld, release: str | None = None) -> dict[str, Any]:
    return roll_back(world.resources.records, release, vector_index=world.resources.index)


def held(outcome: Outcome, *signals: str) -> Outcome:
    assert outcome.decision.hold
    assert set(signals) <= set(signals_of(outcome))
    return outcome
