"""The steps that the three proofs on the generator share: index sheets, change some, add examples, train.

The proofs share one workspace because a training takes minutes. (a) reads its evaluation, (c) changes facts afterwards
and adds wrong examples, (d) continues with its adapter.
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
    """The sizes of the corpus and the example sets."""

    taught: int = 440
    """Sheets with one example each; a quarter is held out."""
    facts: int = 120
    """Sheets whose values change between versions."""
    ordered: int = 160
    """Sheets with one example of the second behaviour each."""
    planted: int = 12
    """Sheets whose old values the wrong examples teach."""
    beside: int = 20
    """Examples of the first behaviour that are trained together with the wrong ones."""
    new: int = 48
    """Examples of the second behaviour that are added with the wrong ones; they make the policy train."""
    fewest: int = 100
    """Fewest held-out items of a proof."""
    fewest_second: int = 30
    """Fewest held-out items of the second behaviour."""
    lora: dict[str, Any] = field(default_factory=lambda: dict(LORA))
    planted_lora: dict[str, Any] = field(
        default_factory=lambda: {**LORA, "learning_rate": 2.0e-3, "epochs": 5, "batch_size": 4}
    )
    """Long enough to memorize a fact."""


FULL = Size()
SMOKE = Size(
    taught=72, facts=12, ordered=40, planted=3, beside=24, new=40, fewest=5, fewest_second=5,
    lora={**LORA, "learning_rate": 2.0e-3, "epochs": 2, "batch_size": 4},
    planted_lora={**LORA, "epochs": 1},
)  # fmt: skip
GENERATOR = {"passages": 3, "passage_tokens": 48, "max_new_tokens": 48}
"""A sheet has at most 44 words; the longest right answer has 46 tokens."""


class SharedSteps:
    """The steps that several proofs share; each runs once and its result is stored."""

    def __init__(self, size: Size) -> None:
        """Make the corpus and name the workspace; no step runs yet."""
        self.size = size
        self.plant: SheetCorpus = sheet_corpus(SEED, taught=size.taught, facts=size.facts, ordered=size.ordered)
        self.place = ProofWorkspace("sheets", {"plant": asdict(self.plant), "generator": GENERATOR, "lora": size.lora})

    def indexed(self) -> StepResult:
        """Index the first version of all sheets, with a golden probe for each fact; return the report."""
        return self.place.step("indexed", self._indexed)

    def _indexed(self) -> StepResult:
        self.place.set_params(generator={**GENERATOR, "lora": self.size.lora}, budget={"train_seconds": 7200.0})
        self.place.documents({sheet.document: sheet.text(0) for sheet in self.plant.sheets})
        self.place.lines("probes", "facts", [probe_of(sheet) for sheet in self.plant.facts])
        return {"report": self.place.refresh()}

    def changed(self, version: int) -> StepResult:
        """Write another version of the facts and refresh; return the report."""
        return self.place.step(f"facts of version {version}", lambda: self._changed(version))

    def _changed(self, version: int) -> StepResult:
        self.place.documents({sheet.document: sheet.text(version) for sheet in self.plant.facts})
        return {"report": self.place.refresh()}

    def taught(self) -> StepResult:
        """Add the examples and refresh: the policy trains, the product evaluates, the gate decides.

        The prompts are stored, because (d) continues with them.
        """
        self.indexed()
        self.changed(1)
        return self.place.step("examples", self._taught)

    def _taught(self) -> StepResult:
        self.place.lines("examples", "answers", [example.as_json() for example in self.plant.examples()])
        report = self.place.refresh(allowed=(0, 3))
        record = self.place.last_evaluation()
        posed = json.loads((self.place.root / "build" / "examples.json").read_text(encoding="utf-8"))
        self.prompts_file.write_text(json.dumps(posed), encoding="utf-8")
        return {"report": report, "exam": record["exam"], "training": brief(record["training"]["generator"])}

    def live(self) -> StepResult:
        """Return the live release and its generator, with the adapter that (a) trained.

        Raises:
            SystemExit: no adapter is live, because the gate promoted none.
        """
        from pointsman.bootstrap.workspace import open_resources
        from pointsman.steps.ledger.releases import live_release

        with open_resources(self.place.root) as resources:
            live = live_release(resources.ledger)
        if live is None or live.generator.adapter is None:
            raise SystemExit(
                f"no adapter is live in {self.place.root}: proof (a) failed, and (c) and (d) continue from it"
            )
        return {"release": live.id, "generator": asdict(live.generator)}

    @property
    def prompts_file(self) -> Path:
        """The output of the product's ``examples`` stage for the first behaviour."""
        return self.place.root.parent / "posed.json"

    def posed(self) -> dict[str, Any]:
        """Return the prompts and answers of the first behaviour: ``training`` and ``held_out``."""
        return dict(json.loads(self.prompts_file.read_text(encoding="utf-8")))


def brief(report: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers of a training report, without its curves."""
    kept = ("adapter_fingerprint", "examples", "tokens", "steps", "seconds", "tokens_per_second", "peak_memory_bytes")
    return {key: report[key] for key in kept if key in report}
