"""Family *system*: configuration, engines and models change; the corpus does not."""

from dataclasses import replace
from random import Random

from bench.scenarios.cases.controls import judged_case
from bench.scenarios.cases.corpora import SPARE
from bench.scenarios.cases.edits import JSON_FORM, asked
from bench.scenarios.world import Base, Case, Scenario

FAMILY = "system"
OTHER_EMBEDDER, OTHER_GENERATOR = "models/embedder-b", "models/generator-b"
"""Folders below a workspace; ``workspaces.other_model`` copies the bundled models there and adds noise to weights."""
SMALLER, LARGER = 80, 240
"""``chunking.max_tokens``; the live releases have 200."""


def embedder_changed(base: Base, _rng: Random) -> Case:
    """params.yaml names another embedder; the old one is still installed."""
    return judged_case(base, replace(base.world, params={"retriever": {"model": OTHER_EMBEDDER}}))


def chunks_smaller(base: Base, _rng: Random) -> Case:
    """params.yaml asks for smaller chunks."""
    return judged_case(base, replace(base.world, params={"chunking": {"max_tokens": SMALLER}}))


def chunks_larger(base: Base, _rng: Random) -> Case:
    """params.yaml asks for larger chunks."""
    return judged_case(base, replace(base.world, params={"chunking": {"max_tokens": LARGER}}))


def normaliser(base: Base, _rng: Random) -> Case:
    """A new version of the normaliser reads every document again and gives the same texts."""
    return judged_case(base, replace(base.world, normaliser="another"))


def index_lost(base: Base, _rng: Random) -> Case:
    """The live collection was deleted from the disk."""
    affected = tuple(replace(q, id=f"lost-{q.id}") for q in base.controls)
    return replace(judged_case(base, replace(base.world, index_lost=True)), affected=affected, controls=())


def generator_swapped(base: Base, _rng: Random) -> Case:
    """params.yaml names another base generator: the live adapter does not fit it, so its behaviour is lost."""
    world = replace(base.world, params={"generator": {"model": OTHER_GENERATOR}})
    kept = asked(base.spare[-SPARE:], JSON_FORM)
    return judged_case(base, world, asked=kept, controls_asked=())


SCENARIOS = (
    Scenario("embedder-changed", FAMILY, "yard-taught", "rebuild", "vectors of two embedders cannot be compared",
             embedder_changed),
    Scenario("chunks-smaller", FAMILY, "yard-taught", "rebuild", "every document is cut anew", chunks_smaller),
    Scenario("chunks-larger", FAMILY, "flask-taught", "rebuild", "every document is cut anew", chunks_larger),
    Scenario("normaliser", FAMILY, "flask-taught", "keep", "what is served would not differ by a byte", normaliser),
    Scenario("index-lost", FAMILY, "yard-taught", "rebuild", "nothing answers until it is there again", index_lost),
    Scenario("generator-swapped", FAMILY, "flask-taught", "keep+generator", "the adapter is lost with its base",
             generator_swapped),
)  # fmt: skip
