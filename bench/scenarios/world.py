"""The parts of a scenario: the user's files before and after a change, and the questions that judge it. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from pointsman.core.hashing import content_id, digest
from pointsman.core.supervision.examples import answer_object

Row = Mapping[str, Any]
"""A line of an examples or probes file."""

INDEX_ACTIONS = ("keep", "patch", "update", "rebuild", "retriever")
"""``retriever`` trains the embedder's adapter on the updated corpus and rebuilds the index with it."""

GENERATOR = "+generator"
HOLD = "hold"
ACTIONS = (*INDEX_ACTIONS, *(f"{index}{GENERATOR}" for index in INDEX_ACTIONS), HOLD)
"""``hold`` publishes nothing; readers get the same as with ``keep``."""


def trained_by(action: str) -> str:
    """Return the model that an action trains, ``retriever`` before ``generator``; empty for none."""
    return "retriever" if "retriever" in action else "generator" if action.endswith(GENERATOR) else ""


FAMILIES = ("nothing", "facts", "topics", "behaviour", "system", "hostile")


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a person can edit: documents, examples, probes and params.yaml."""

    documents: Mapping[str, bytes]
    examples: tuple[Row, ...] = ()
    probes: tuple[Row, ...] = ()
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Sections of params.yaml with the keys that differ from the defaults of the bench."""
    touched: frozenset[str] = frozenset()
    """Documents with a new modification time and unchanged bytes."""
    index_lost: bool = False
    """Whether the folder of the live collection was deleted."""
    normaliser: str | None = None
    """A version of the normaliser other than the one that read the live documents."""

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
    """A question and its right result after the change."""

    id: str
    text: str
    documents: tuple[str, ...] = ()
    """Documents that answer it after the change; empty if nothing may answer it any more."""
    shows: tuple[str, ...] = ()
    """Strings that one served passage, with its heading path, must contain together."""
    hides: tuple[str, ...] = ()
    """Strings that no served passage may contain together: the old fact."""
    answer: str | None = None
    """A string that the generator's answer must contain."""
    gone: tuple[str, ...] = ()
    """Documents that must no longer be found."""
    where: tuple[tuple[str, str], ...] = ()
    """Conditions on metadata, as in ``search --where``."""

    @property
    def states_fact(self) -> bool:
        """Whether a fact is checked."""
        return bool(self.shows or self.hides or self.answer)


@dataclass(frozen=True, slots=True)
class Form:
    """The requested form of an answer: a JSON object with these keys, or text with these marks."""

    keys: tuple[str, ...] = ()
    begins: str = ""
    contains: str = ""
    ends: str = ""

    def fits(self, answer: str) -> bool:
        """Return whether ``answer`` has the form."""
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
    """Whether the answer must also decline."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario with its random draws made: the world after the change, and the questions for every action."""

    world: World
    affected: tuple[Question, ...] = ()
    controls: tuple[Question, ...] = ()
    """Questions that the change does not touch; nothing may be lost on them."""
    asked: tuple[Asked, ...] = ()
    controls_asked: tuple[Asked, ...] = ()
    """Questions about behaviour that must stay."""
    markers: tuple[str, ...] = ()
    """Poison and personal data; a served passage that contains one is unsafe."""
    restricted: tuple[str, ...] = ()
    """Documents that a reader without a group must not get."""

    @property
    def id(self) -> str:
        """The content id of the world and of all questions, forms and markers."""
        judged = {name: item for name, item in asdict(self).items() if name != "world"}
        return content_id([self.world.id, judged])


@dataclass(frozen=True, slots=True)
class Base:
    """The user's files when the live release was made, and the control questions."""

    name: str
    """``corpus-state``; the state is ``taught`` (a generator adapter is live) or ``plain``."""
    world: World
    controls: tuple[Question, ...]
    spare: tuple[Row, ...] = ()
    """Examples that no model has learned."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A change, the action that an engineer expects to be best, and why; written before measuring."""

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
        """Return the scenario with the random draws of ``seed``; the same seed gives the same bytes."""
        return self.make(base, Random(f"{self.id}\n{seed}"))  # noqa: S311 - a draw that can be repeated
