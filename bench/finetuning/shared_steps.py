"""The common course of the proofs on the generator: sheets are indexed, some change, examples come and are learned.

One workspace serves three proofs, for a training takes minutes: (a) reads its exam, (c) changes facts after it and
plants wrong ones, (d) goes on from its adapter.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.finetuning.sheets import SheetCorpus, probe_of, sheet_corpus
from bench.finetuning.workspace import ProofWorkspace, StepResult

SEED = 17
CONFIDENCE = 0.95


LORA = {"rank": 16, "alpha": 32, "learning_rate": 1.0e-3, "epochs": 3, "batch_size": 8, "max_length": 768}


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything."""

    taught: int = 440
    """Sheets with an example each; a quarter of them is held out."""
    facts: int = 120
    """Sheets whose values change."""
    ordered: int = 160
    """Sheets with an example of the second behaviour each."""
    planted: int = 12
    """Sheets of whose old values an adapter is taught."""
    beside: int = 20
    """Examples of the first behaviour that are learned together with the planted ones."""
    new: int = 48
    """Examples of the second behaviour that come with the planted ones, and argue for a training."""
    fewest: int = 100
    """Held-out items that a proof must rest on."""
    fewest_second: int = 30
    """Held-out items of the second behaviour, which is only there to displace the first."""
    lora: dict[str, Any] = field(default_factory=lambda: dict(LORA))
    planted_lora: dict[str, Any] = field(
        default_factory=lambda: {**LORA, "learning_rate": 2.0e-3, "epochs": 5, "batch_size": 4}
    )
    """Long enough to learn a fact by heart."""


FULL = Size()
SMOKE = Size(
    taught=72, facts=12, ordered=40, planted=3, beside=24, new=40, fewest=5, fewest_second=5,
    lora={**LORA, "learning_rate": 2.0e-3, "epochs": 2, "batch_size": 4},
    planted_lora={**LORA, "epochs": 1},
)  # fmt: skip
GENERATOR = {"passages": 3, "passage_tokens": 48, "max_new_tokens": 48}
"""A sheet has at most 44 words; the longest right answer has 46 tokens."""


class SharedSteps:
    """The steps that several proofs take, each made once."""

    def __init__(self, size: Size) -> None:
        """Name the workspace; nothing is run yet."""
        self.size = size
        self.plant: SheetCorpus = sheet_corpus(SEED, taught=size.taught, facts=size.facts, ordered=size.ordered)
        self.place = ProofWorkspace("sheets", {"plant": asdict(self.plant), "generator": GENERATOR, "lora": size.lora})

    def indexed(self) -> StepResult:
        """All sheets as they were first, with a golden probe for each fact; the first release."""
        return self.place.step("indexed", self._indexed)

    def _indexed(self) -> StepResult:
        self.place.set_params(generator={**GENERATOR, "lora": self.size.lora}, budget={"train_seconds": 7200.0})
        self.place.documents({sheet.document: sheet.text(0) for sheet in self.plant.sheets})
        self.place.lines("probes", "facts", [probe_of(sheet) for sheet in self.plant.facts])
        return {"report": self.place.refresh()}

    def changed(self, version: int) -> StepResult:
        """The facts read otherwise, and nothing but the index follows."""
        return self.place.step(f"facts of version {version}", lambda: self._changed(version))

    def _changed(self, version: int) -> StepResult:
        self.place.documents({sheet.document: sheet.text(version) for sheet in self.plant.facts})
        return {"report": self.place.refresh()}

    def taught(self) -> StepResult:
        """The examples come; the policy trains, the exam is sat, the gate rules.

        What was posed is kept: its prompts are what (d) goes on with.
        """
        self.indexed()
        self.changed(1)
        return self.place.step("examples", self._taught)

    def _taught(self) -> StepResult:
        self.place.lines("examples", "answers", [example.as_json() for example in self.plant.examples()])
        report = self.place.refresh(allowed=(0, 3))
        record = self.place.last_exam()
        posed = json.loads((self.place.root / "build" / "examples.json").read_text(encoding="utf-8"))
        self.posed_file.write_text(json.dumps(posed), encoding="utf-8")
        return {"report": report, "exam": record["exam"], "training": brief(record["training"]["generator"])}

    def live(self) -> StepResult:
        """What is live now: its release, and its generator with the adapter that (a) trained.

        Raises:
            SystemExit: the gate has let no adapter pass, so there is nothing to go on from.
        """
        from pointsman.bootstrap.workspace import open_desk
        from pointsman.steps.ledger.releases import live_release

        with open_desk(self.place.root) as desk:
            live = live_release(desk.ledger)
        if live is None or live.generator.adapter is None:
            raise SystemExit(
                f"no adapter is live in {self.place.root}: proof (a) failed, and (c) and (d) go on from it"
            )
        return {"release": live.id, "generator": asdict(live.generator)}

    @property
    def posed_file(self) -> Path:
        """What the product's ``examples`` stage made of the first behaviour."""
        return self.place.root.parent / "posed.json"

    def posed(self) -> dict[str, Any]:
        """Return the first behaviour's examples as they were posed: training, held out."""
        return dict(json.loads(self.posed_file.read_text(encoding="utf-8")))


def brief(report: dict[str, Any]) -> dict[str, Any]:
    """Return what a training cost, without its curves."""
    kept = ("adapter_fingerprint", "examples", "tokens", "steps", "seconds", "tokens_per_second", "peak_memory_bytes")
    return {key: report[key] for key in kept if key in report}
