"""Stores of many different pages, and what goes wrong with all of them at once."""

import random
from collections.abc import Callable, Iterable

from pointsman.settings.params import Gate, Guard, Policy
from pointsman.steps.refresh.report import Outcome
from tests.fakes.resources import FakeResources, begun, live_id, run, served

Opened = Callable[..., FakeResources]

WORDS = (
    "signal", "tower", "crossing", "journal", "ledger", "ferry", "harbour", "lantern", "bridge", "orchard", "cellar",
    "manual", "timetable", "platform", "conductor", "whistle", "carriage", "boiler", "pressure", "valve", "gauge",
    "piston", "coupling", "brake", "buffer", "siding", "junction", "turnout", "points", "lever", "frame", "block",
    "token", "staff", "tablet", "relay", "circuit", "battery", "charger", "cable", "conduit", "fuse", "breaker",
)  # fmt: skip


def article(nth: int, *, words: int = 120, about: str = "a") -> str:
    """Return a page of its own words; another ``about`` gives wholly other words."""
    chance = random.Random(f"{about}{nth}")
    body = " ".join(chance.choice(WORDS) + ("." if at % 11 == 10 else "") for at in range(words))
    return f"# Page {nth} {about}\n\n{body}.\n"


def name(nth: int, folder: str = "") -> str:
    """Return the id of a page."""
    return f"{folder}d{nth:03d}.md"


def library(opened: Opened, pages: int, **sections: object) -> FakeResources:
    """Return a workspace that serves so many pages, with the guards of a new workspace."""
    usual: dict[str, object] = {"guard": Guard(), "policy": Policy(), "gate": Gate()}
    return begun(opened({name(nth): article(nth) for nth in range(pages)}, **{**usual, **sections}))


def rewrite(resources: FakeResources, pages: Iterable[int], text: Callable[[int], str | bytes]) -> None:
    """Write other texts under the names of some pages."""
    for nth in pages:
        resources.store.write(name(nth), text(nth))


def held(resources: FakeResources) -> list[str]:
    """Refresh; return the guards that hold, with nothing of the live release changed."""
    before, content = live_id(resources), served(resources)
    outcome = run(resources)
    if not outcome.decision.hold:
        return []
    assert outcome.exit_code == 3
    assert (live_id(resources), served(resources)) == (before, content)
    return guards_of(outcome)


def guards_of(outcome: Outcome) -> list[str]:
    """Return the guards among the reasons of a decision."""
    return [reason.signal for reason in outcome.decision.reasons if reason.signal.startswith("guard.")]
