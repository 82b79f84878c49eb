"""Short trainings of the bundled models on toy data."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointsman.adapters.training.generator import train_generator
from pointsman.adapters.training.inputs import (
    BaseModel,
    ChatExample,
    GeneratorData,
    RankingExample,
    StartingPoint,
    TrainingOptions,
)
from pointsman.adapters.training.retriever import train_retriever
from pointsman.core.training.report import TrainingReport
from pointsman.ports.models import Message
from pointsman.settings.params import GeneratorLora, RetrieverLora
from tests.ports.models import EMBEDDER, GENERATOR, real

COLOURS = ("red", "green", "blue", "black", "white", "yellow")


THINGS = ("lamp", "boiler", "gate", "bench", "roof", "tower", "clock", "bridge")


LORA = GeneratorLora(rank=8, alpha=16, learning_rate=3e-3, epochs=2, batch_size=4, max_length=256)


def asked(thing: str, colour: str, other: str) -> list[Message]:
    passages = f"[docs/{thing}.md]\nThe {thing} is {colour}.\n\n[docs/other.md]\nThe sign is {other}."
    return [{"role": "user", "content": f"{passages}\n\nWhat colour is the {thing}?"}]


def answer(thing: str, colour: str) -> str:
    return json.dumps({"answer": colour, "citations": [f"docs/{thing}.md"]})


FACTS = [(thing, COLOURS[i % 6], COLOURS[(i + 2) % 6]) for i, thing in enumerate(THINGS * 3)]


PROMPTS = [asked(*fact) for fact in FACTS]


COMPLETIONS = [answer(thing, colour) for thing, colour, _ in FACTS]


HELD_OUT = [("door", "green", "red"), ("fence", "black", "white"), ("window", "blue", "yellow")]


def trained(
    out: Path,
    *,
    seed: int = 17,
    steps: int = len(FACTS),
    lora: GeneratorLora = LORA,
    groups: Sequence[str | None] = (None,) * len(FACTS),
    **more: Any,
) -> TrainingReport:
    rows = list(zip(PROMPTS, COMPLETIONS, groups, strict=True))[:steps]
    return train_generator(
        StartingPoint(BaseModel(*real(GENERATOR))),
        out,
        data=GeneratorData(
            training=[ChatExample(prompt, completion, group) for prompt, completion, group in rows],
            held_out=[ChatExample(asked(*fact), answer(*fact[:2])) for fact in HELD_OUT],
        ),
        options=TrainingOptions(lora, seed),
        **more,
    )


RANKING = RetrieverLora(rank=8, alpha=16, learning_rate=2e-3, epochs=16, batch_size=8)


def taught(out: Path, *, lora: RetrieverLora = RANKING, **more: Any) -> TrainingReport:
    names = ("zorblat", "quixel", "fnordic", "wumpus", "glarch", "snarfle", "blivet", "grommick")
    examples = [
        RankingExample(
            f"How do I clean a {name}?", f"The {thing} is washed monthly.", (f"The {thing} is painted yearly.",)
        )
        for name, thing in zip(names, THINGS, strict=True)
    ]
    return train_retriever(
        BaseModel(*real(EMBEDDER)), out, examples=examples, options=TrainingOptions(lora, 17), **more
    )
