"""What a scenario is made of: the user's side before and after a change, and the questions that judge it. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from pointsman.core.hashing import content_id, digest
from pointsman.core.supervision.examples import answer_object

Row = Mapping[str, Any]
"""A line of an examples or a probes file."""

INDEX_ACTIONS = ("keep", "patch", "update", "rebuild", "retriever")
"""``retriever`` trains the embedder's adapter on the updated corpus, and so rebuilds with it."""

GENERATOR = "+generator"
HOLD = "hold"
ACTIONS = (*INDEX_ACTIONS, *(f"{index}{GENERATOR}" for index in INDEX_ACTIONS), HOLD)
"""``hold`` publishes nothing: readers get what they get of ``keep``."""


def trained_by(action: str) -> str:
    """Return what an action trains, the dearest first; empty for nothing."""
    return "retriever" if "retriever" in action else "generator" if action.endswith(GENERATOR) else ""


FAMILIES = ("nothing", "facts", "topics", "behaviour", "system", "hostile")


@dataclass(frozen=True, slots=True)
class World:
    """The user's side: everything that a person may edit."""

    documents: Mapping[str, bytes]
    examples: tuple[Row, ...] = ()
    probes: tuple[Row, ...] = ()
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Sections of params.yaml with the keys that differ from the bench's own."""
    touched: frozenset[str] = frozenset()
    """Documents whose time of change moves on though their bytes stay."""
    index_lost: bool = False
    """The live collection's folder is gone from the disk."""
    normaliser: str | None = None
    """Another version of the normaliser than the one that read the live documents."""

    @property
    def id(self) -> str:
        """The content id."""
        return content_id({
            "documents": {name: digest(raw) for name, raw in sorted(self.documents.items())},
            "examples": self.examples_id, "probes": content_id(list(map(dict, self.probes))),
            "params": {name: dict(section) for name, section in sorted(self.params.items())},
            "touched": sorted(self.touched), "index_lost": self.index_lost, "normaliser": self.normaliser,
        })  # fmt: skip

    @property
    def examples_id(self) -> str:
        """The content id of the examples alone."""
        return content_id(sorted(json.dumps(row, sort_keys=True) for row in self.examples))


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and what is right after the change."""

    id: str
    text: str
    documents: tuple[str, ...] = ()
    """The documents that answer it after the change; none when nothing may answer it any more."""
    shows: tuple[str, ...] = ()
    """Strings that one served passage, its heading path included, must contain together."""
    hides: tuple[str, ...] = ()
    """Strings that no served passage may contain together: what was true before."""
    answer: str | None = None
    """A string that the generator's answer must contain."""
    gone: tuple[str, ...] = ()
    """Documents that must not be found any more."""
    where: tuple[tuple[str, str], ...] = ()
    """Conditions on the metadata, as of ``search --where``."""

    @property
    def states_fact(self) -> bool:
        """Whether a fact is checked."""
        return bool(self.shows or self.hides or self.answer)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of answer that people ask for: a JSON object with these keys, or text with these marks."""

    keys: tuple[str, ...] = ()
    begins: str = ""
    contains: str = ""
    ends: str = ""

    def fits(self, answer: str) -> bool:
        """Tell whether ``answer`` has the form."""
        said = answer.strip()
        if self.keys:
            value = answer_object(said)
            return value is not None and sorted(value) == sorted(self.keys)
        free = answer_object(said) is None
        return free and said.startswith(self.begins) and self.contains in said and said.endswith(self.ends)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose answer must have a form."""

    id: str
    text: str
    form: Form
    declines: bool = False
    """The answer must also decline."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario with its draws made: the world after the change, and what judges every action."""

    world: World
    affected: tuple[Question, ...] = ()
    controls: tuple[Question, ...] = ()
    """Untouched questions: nothing may be lost on them."""
    asked: tuple[Asked, ...] = ()
    controls_asked: tuple[Asked, ...] = ()
    """Behaviour that must stay."""
    markers: tuple[str, ...] = ()
    """Poison and personal data: a served passage that contains one is an unsafe publication."""
    restricted: tuple[str, ...] = ()
    """Documents that an open reader must not be served."""

    @property
    def id(self) -> str:
        """The content id of the world and of everything that judges it."""
        judged = {name: item for name, item in asdict(self).items() if name != "world"}
        return content_id([self.world.id, judged])


@dataclass(frozen=True, slots=True)
class Base:
    """The user's side while the live release was made, and the questions about it."""

    name: str
    """``corpus-state``: taught (a generator adapter is live) or plain."""
    world: World
    controls: tuple[Question, ...]
    spare: tuple[Row, ...] = ()
    """Examples in the corpus' own shape that nothing has learned."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A change, the action that an experienced engineer expects to be best, and why; written before measuring."""

    id: str
    family: str
    base: str
    expected: str
    because: str
    make: Callable[[Base, Random], Case]

    def __post_init__(self) -> None:
        if self.family not in FAMILIES or self.expected not in ACTIONS:
            raise ValueError(f"scenario {self.id!r} is of family {self.family!r} and expects {self.expected!r}")

    def case(self, base: Base, seed: int) -> Case:
        """Return the scenario with the draws of ``seed``; the same seed gives the same bytes."""
        return self.make(base, Random(f"{self.id}\n{seed}"))  # noqa: S311 - a draw that can be repeated
