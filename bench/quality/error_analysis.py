"""Accuracy of the error analysis: is a failed probe attributed to the fault that caused it?

    python -m bench.quality.error_analysis [--squad FILE] [--other FOLDER] [--each 12] [--no-generator]

Faults are planted between the store and the answer. For retrieval, each of XQuAD's paragraphs is a document and its
questions are golden probes; the product's own steps run on the real engines. ``--each`` documents per fault are binary
from the start, lose their points in the index, are deleted, are replaced by one of SciFact's abstracts, or are pushed
out of the top k by pages that repeat their questions. For behaviour, on Flask's documentation, held-out examples that
ask for JSON are answered by the base generator, which cannot write it, and by an adapter trained on the same examples
with exchanged answers (run ``make corpora`` first; the training takes minutes and its result is stored). The table
counts planted faults by attributed cause. A probe that still passes counts as ``passed``, neither right nor wrong. The
exit code is 1 if fewer than 90 % of the failed probes are attributed rightly.
"""

import argparse
import gzip
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from bench.speed.no_change import lay_out
from pointsman.bootstrap.workspace import open_resources
from pointsman.core.evaluation.error_analysis import Cause, ProbeFindings, failure_cause
from pointsman.core.evaluation.statistics import wilson
from pointsman.core.release import Model
from pointsman.core.supervision.probes import GOLDEN
from pointsman.steps.evaluation.answers import evaluate_answers, shape_of
from pointsman.steps.evaluation.assess import assess
from pointsman.steps.evaluation.behaviour import Behaviour
from pointsman.steps.evaluation.error_analysis import example_facts
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.indexing.stage import stage
from pointsman.steps.observe.state import observe_state
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.resources import Resources
from pointsman.steps.serving.prompts import prompt_set
from pointsman.steps.supervision.accept import examples_of

RESULT = Path(__file__).parents[1] / "results" / "error_analysis.json"
DATA = Path("../shared/data")
GOAL, CONFIDENCE = 0.9, 0.95
UNTOUCHED = "nothing was planted"
Tally = Counter[tuple[str, str]]
"""Planted fault and attributed cause → number."""

TRUTH = {
    "binary from the start": Cause.NOT_INDEXED, "points lost": Cause.NOT_INDEXED, "document gone": Cause.STALE,
    "document written anew": Cause.STALE, "pushed out of the top k": Cause.NOT_RETRIEVED,
    "generator without the shape": Cause.SHAPE, "answers exchanged": Cause.WRONG,
}  # fmt: skip
BINARY, LOST, GONE, ANEW, PUSHED, UNSHAPED, EXCHANGED = TRUTH


@dataclass(frozen=True)
class Paragraphs:
    """A SQuAD file as a document store with golden probes."""

    pages: Mapping[str, str]
    probes: tuple[Mapping[str, Any], ...]

    def asked_of(self, documents: Iterable[str]) -> list[Mapping[str, Any]]:
        """Return the probes of these documents."""
        wanted = set(documents)
        return [probe for probe in self.probes if wanted.intersection(probe["documents"])]


def read_squad(path: Path) -> Paragraphs:
    """Return the paragraphs of a SQuAD file as pages, with their questions as probes."""
    pages: dict[str, str] = {}
    probes = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for number, paragraph in enumerate(article["paragraphs"]):
            name = f"{quote(article['title'], safe='')}-{number}.md"
            pages[name] = f"# {article['title'].replace('_', ' ')}\n\n{paragraph['context']}\n"
            probes += [
                {"id": asked["id"], "question": asked["question"], "documents": [name],
                 "answer": asked["answers"][0]["text"]}
                for asked in paragraph["qas"]
            ]  # fmt: skip
    return Paragraphs(pages, tuple(probes))


def abstracts(folder: Path, number: int) -> list[str]:
    """Return the first abstracts of a BEIR corpus as pages."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(next(lines)) for _ in range(number)]
    return [f"# {row['title']}\n\n{row['text']}\n" for row in rows]


def struck(pages: Sequence[str], each: int) -> dict[str, list[str]]:
    """Return retrieval fault → its documents, spread evenly over the store."""
    faults = (BINARY, LOST, GONE, ANEW, PUSHED)
    stride = len(pages) // (each * len(faults))
    if stride < 1:
        raise SystemExit(f"--each {each}: {len(faults)} faults need {each * len(faults)} documents of {len(pages)}")
    chosen = sorted(pages)[::stride][: each * len(faults)]
    return {fault: chosen[n :: len(faults)] for n, fault in enumerate(faults)}


def quiz(questions: Sequence[str], number: int) -> str:
    """Return a page that repeats questions without answers."""
    return "# Quiz\n\n" + "\n\n".join(f"## {q}\n\n{q} {q} This is sheet {number}." for q in questions) + "\n"


def retrieval(source: Paragraphs, other: Sequence[str], each: int) -> Tally:
    """Plant the retrieval faults and count the attributed causes."""
    faults = struck(tuple(source.pages), each)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        lay_out(root, 0)
        home = root / "documents"
        for name, text in source.pages.items():
            binary = name in faults[BINARY]
            (home / name).write_bytes(b"\x7fELF\x00\x01" * 200 if binary else text.encode("utf-8"))
        lines = [json.dumps(probe) for probe in source.probes]
        (root / "probes" / "golden.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with open_resources(root) as resources:
            refresh(
                resources.intake,
                serving=resources.serving,
                records=resources.records,
                builder=resources.builder,
                progress=resources.progress,
            )
        _strike(home, source, faults, other)
        with open_resources(root) as resources:
            facts = _looked_at(resources, faults[LOST])
    by_document = {document: fault for fault, documents in faults.items() for document in documents}
    planted = {str(p["id"]): by_document.get(p["documents"][0], UNTOUCHED) for p in source.probes}
    return tally((planted[f.probe], f) for f in facts if f.kind == GOLDEN)


def _strike(home: Path, source: Paragraphs, faults: Mapping[str, Sequence[str]], other: Sequence[str]) -> None:
    """Change the store: delete documents, replace documents, and add pages that rank above others."""
    for name in faults[GONE]:
        (home / name).unlink()
    for name, text in zip(faults[ANEW], other, strict=True):
        (home / name).write_text(text, encoding="utf-8")
    questions = [str(probe["question"]) for probe in source.asked_of(faults[PUSHED])]
    for number in range(RIVALS):
        (home / f"quiz-{number}.md").write_text(quiz(questions, number), encoding="utf-8")


RIVALS = 8
"""Pages that repeat the questions of a document; more than the top k."""


def _looked_at(resources: Resources, lost: Sequence[str]) -> tuple[ProbeFindings, ...]:
    """Stage the change, delete points from the index, and return the findings on each probe."""
    state = observe_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    target = target_of(state)
    staged = stage(
        resources.serving,
        target,
        prepare(resources.intake, target, serving=resources.serving, progress=resources.progress),
        progress=resources.progress,
        quarantine=resources.quarantine,
    )
    points = resources.index.points(staged.index.collection, documents=lost)
    resources.index.delete(staged.index.collection, [point.id for point in points])
    return assess(resources.intake, state, staged, serving=resources.serving, memory=resources.memory).facts


def tally(planted: Iterable[tuple[str, ProbeFindings]]) -> Tally:
    """Count planted faults by attributed cause; a probe that did not fail is ``passed``."""
    causes = ((fault, failure_cause(facts)) for fault, facts in planted)
    return Counter((fault, str(found.cause) if found else "passed") for fault, found in causes)


def behaviour() -> Tally:
    """Plant the behaviour faults and count the attributed causes."""
    from bench.scenarios import actions
    from bench.scenarios.cases.corpora import base
    from bench.scenarios.workspaces import HOME, cleared, fork, write_world

    given = base("flask-plain").spare
    bare = base("flask-plain").world
    right, exchanged = (replace(bare, examples=tuple(rows)) for rows in (given, with_answers_exchanged(given)))
    place = HOME / "forks" / "attribution"
    fork("flask-plain", exchanged, place)
    with open_resources(place) as resources:
        misled, _ = actions.generator_of(
            resources,
            observe_state(
                resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
            ),
        )
    write_world(place, exchanged, right)
    with open_resources(place) as resources:
        told = {UNSHAPED: resources.models.base("generator"), EXCHANGED: misled}
        counted = tally((fault, facts) for fault, model in told.items() for facts in _examined(resources, model))
    cleared(place)
    return counted


def with_answers_exchanged(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return examples whose answers are exchanged with those half the list away; every answer keeps its form."""
    half = len(rows) // 2
    answers = [row["messages"][-1] for row in (*rows[half:], *rows[:half])]
    return [{**row, "messages": [*row["messages"][:-1], said]} for row, said in zip(rows, answers, strict=True)]


def _examined(resources: Resources, model: Model) -> list[ProbeFindings]:
    """Return the findings on every example when ``model`` answers it."""
    state = observe_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    if state.live is None:
        raise SystemExit("the fork has no live release; remove .bench/scenarios and run again")
    examples = examples_of(resources.examples, state.supervision)
    embedder = resources.models.embedder(state.embedder)
    prompts = prompt_set(resources.index, embedder, state.live.index, examples, resources.params.generator)
    shape = shape_of(examples)
    return example_facts(Behaviour(prompts, shape, evaluate_answers(resources.serving, model, prompts.oracle, shape)))


def rows_of(counted: Tally) -> list[dict[str, Any]]:
    """Return a row for each fault: attributed causes, and the right share with its interval."""
    rows = []
    for fault in (*TRUTH, UNTOUCHED):
        causes = {cause: n for (planted, cause), n in sorted(counted.items()) if planted == fault}
        row: dict[str, Any] = {"planted": fault, "attributed": causes}
        failed = sum(n for cause, n in causes.items() if cause != "passed")
        if fault in TRUTH and failed:
            right = causes.get(str(TRUTH[fault]), 0)
            row |= {"truth": str(TRUTH[fault]), "right": round(right / failed, 4), "failed": failed,
                    "interval": [round(x, 4) for x in wilson(right, failed, CONFIDENCE)]}  # fmt: skip
        rows.append(row)
    return [row for row in rows if row["attributed"]]


def whole(rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return (rightly attributed probes, failed probes) over all planted faults."""
    planted = [row for row in rows if "truth" in row]
    return sum(row["attributed"].get(row["truth"], 0) for row in planted), sum(row["failed"] for row in planted)


def shown(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the confusion matrix."""
    causes = [str(cause) for cause in Cause] + ["passed"]
    table = Table("planted", "truth", *causes, "right of the failed", title="planted faults by attributed cause")
    for row in rows:
        share = f"{row['right']:.3f} [{row['interval'][0]:.3f}, {row['interval'][1]:.3f}]" if "right" in row else "-"
        counts = [str(row["attributed"].get(cause, 0)) for cause in causes]
        table.add_row(row["planted"], row.get("truth", "-"), *counts, share)
    return table


def main() -> None:
    """Plant, count, print the confusion matrix, write bench/results/error_analysis.json; exit 1 below the goal."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--squad", type=Path, default=DATA / "xquad" / "xquad.en.json")
    options.add_argument("--other", type=Path, default=DATA / "scifact")
    options.add_argument("--each", type=int, default=12, help="documents for each retrieval fault")
    options.add_argument("--no-generator", action="store_true", help="skip the behaviour faults")
    given = options.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    logging.disable(logging.WARNING)
    counted = retrieval(read_squad(given.squad), abstracts(given.other, given.each), given.each)
    if not given.no_generator:
        counted += behaviour()
    rows = rows_of(counted)
    right, failed = whole(rows)
    share, (low, high) = right / failed, wilson(right, failed, CONFIDENCE)
    kept = {"goal": GOAL, "each": given.each, "right": right, "failed": failed, "rows": rows}
    RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    Console(width=170).print(
        shown(rows), f"{right} of {failed} planted faults attributed correctly: {share:.3f} [{low:.3f}, {high:.3f}]"
    )
    sys.exit(0 if share >= GOAL else 1)


if __name__ == "__main__":
    main()
