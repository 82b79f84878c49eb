"""Are failed probes attributed to what failed them? Faults are planted on the way from the store to an answer.

    python -m bench.quality.error_analysis [--squad FILE] [--other FOLDER] [--each 12] [--no-generator]

Retrieval, on XQuAD's paragraphs (a document each, their questions the golden probes), by the product's own steps
on the real engines: ``--each`` documents a fault are binary files from the start, lose their points behind the index's
back, go, are written anew with one of SciFact's abstracts, or are pushed out of the top k by pages that repeat their
questions. Behaviour, on Flask's documentation: held-out examples that ask for JSON are answered by the bare generator,
which cannot give it, and by an adapter that was trained on the same examples with their answers exchanged (``make
corpora`` first; the training takes minutes and is kept). The table counts planted fault by attributed cause; a probe
that was struck and still answered is ``passed`` and counts for neither side. Exit code 1 below 90 % of all that failed.
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
from pointsman.bootstrap.workspace import open_desk
from pointsman.core.evaluation.error_analysis import Cause, ProbeFindings, attribute
from pointsman.core.evaluation.statistics import wilson
from pointsman.core.release import Model
from pointsman.core.supervision.probes import GOLDEN
from pointsman.steps.evaluation.answers import Behaviour, shape_of, sit_exam
from pointsman.steps.evaluation.assess import assess
from pointsman.steps.evaluation.error_analysis import example_facts
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.indexing.stage import stage
from pointsman.steps.observe.state import survey
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.resources import Desk
from pointsman.steps.serving.prompts import set_paper
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
        """Return the probes that documents answer."""
        wanted = set(documents)
        return [probe for probe in self.probes if wanted.intersection(probe["documents"])]


def read_squad(path: Path) -> Paragraphs:
    """Return the paragraphs of a file in SQuAD's form, a page each, and their questions."""
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
    """Return the documents of each fault of retrieval, spread evenly over the store."""
    faults = (BINARY, LOST, GONE, ANEW, PUSHED)
    stride = len(pages) // (each * len(faults))
    if stride < 1:
        raise SystemExit(f"--each {each}: {len(faults)} faults need {each * len(faults)} documents of {len(pages)}")
    chosen = sorted(pages)[::stride][: each * len(faults)]
    return {fault: chosen[n :: len(faults)] for n, fault in enumerate(faults)}


def quiz(questions: Sequence[str], number: int) -> str:
    """Return a page that repeats questions and answers none."""
    return "# Quiz\n\n" + "\n\n".join(f"## {q}\n\n{q} {q} This is sheet {number}." for q in questions) + "\n"


def retrieval(source: Paragraphs, other: Sequence[str], each: int) -> Tally:
    """Plant the faults of retrieval and return what the failed probes are attributed to."""
    faults = struck(tuple(source.pages), each)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        lay_out(root, 0)
        home = root / "documents"
        home.mkdir()
        for name, text in source.pages.items():
            binary = name in faults[BINARY]
            (home / name).write_bytes(b"\x7fELF\x00\x01" * 200 if binary else text.encode("utf-8"))
        lines = [json.dumps(probe) for probe in source.probes]
        (root / "probes" / "golden.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with open_desk(root) as desk:
            refresh(
                desk.intake, serving=desk.serving, records=desk.records, builder=desk.builder, progress=desk.progress
            )
        _strike(home, source, faults, other)
        with open_desk(root) as desk:
            facts = _looked_at(desk, faults[LOST])
    by_document = {document: fault for fault, documents in faults.items() for document in documents}
    planted = {str(p["id"]): by_document.get(p["documents"][0], UNTOUCHED) for p in source.probes}
    return tally((planted[f.probe], f) for f in facts if f.kind == GOLDEN)


def _strike(home: Path, source: Paragraphs, faults: Mapping[str, Sequence[str]], other: Sequence[str]) -> None:
    """Change the store: documents go, are written anew, and get rivals."""
    for name in faults[GONE]:
        (home / name).unlink()
    for name, text in zip(faults[ANEW], other, strict=True):
        (home / name).write_text(text, encoding="utf-8")
    questions = [str(probe["question"]) for probe in source.asked_of(faults[PUSHED])]
    for number in range(RIVALS):
        (home / f"quiz-{number}.md").write_text(quiz(questions, number), encoding="utf-8")


RIVALS = 8
"""Pages that repeat the questions of a document to be pushed out: more than the top k."""


def _looked_at(desk: Desk, lost: Sequence[str]) -> tuple[ProbeFindings, ...]:
    """Stage the change, lose points behind the index's back, and return what is known of each probe."""
    situation = survey(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    target = target_of(situation)
    staged = stage(
        desk.serving,
        target,
        prepare(desk.intake, target, serving=desk.serving, progress=desk.progress),
        progress=desk.progress,
        quarantine=desk.quarantine,
    )
    points = desk.index.points(staged.index.collection, documents=lost)
    desk.index.delete(staged.index.collection, [point.id for point in points])
    return assess(desk.intake, situation, staged, serving=desk.serving, memory=desk.memory).facts


def tally(planted: Iterable[tuple[str, ProbeFindings]]) -> Tally:
    """Count planted fault by attributed cause; what was struck and not failed is ``passed``."""
    causes = ((fault, attribute(facts)) for fault, facts in planted)
    return Counter((fault, str(found.cause) if found else "passed") for fault, found in causes)


def behaviour() -> Tally:
    """Answer examples without their shape, and with exchanged answers; return the attributed causes."""
    from bench.scenarios import acting
    from bench.scenarios.cases.corpora import base
    from bench.scenarios.workspaces import HOME, cleared, fork, write_world

    given = base("flask-plain").spare
    bare = base("flask-plain").world
    right, exchanged = (replace(bare, examples=tuple(rows)) for rows in (given, with_answers_exchanged(given)))
    place = HOME / "forks" / "attribution"
    fork("flask-plain", exchanged, place)
    with open_desk(place) as desk:
        misled, _ = acting.generator_of(
            desk, survey(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
        )
    write_world(place, exchanged, right)
    with open_desk(place) as desk:
        told = {UNSHAPED: desk.models.base("generator"), EXCHANGED: misled}
        counted = tally((fault, facts) for fault, model in told.items() for facts in _examined(desk, model))
    cleared(place)
    return counted


def with_answers_exchanged(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return examples whose answers are those of examples half the list away; every answer keeps its shape."""
    half = len(rows) // 2
    answers = [row["messages"][-1] for row in (*rows[half:], *rows[:half])]
    return [{**row, "messages": [*row["messages"][:-1], said]} for row, said in zip(rows, answers, strict=True)]


def _examined(desk: Desk, model: Model) -> list[ProbeFindings]:
    """Return the facts of every example as ``model`` answers it."""
    situation = survey(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    if situation.live is None:
        raise SystemExit("the fork has no live release; remove .bench/scenarios and run again")
    examples = examples_of(desk.examples, situation.supervision)
    embedder = desk.models.embedder(situation.embedder)
    paper = set_paper(desk.index, embedder, situation.live.index, examples, desk.params.generator)
    shape = shape_of(examples)
    return example_facts(Behaviour(paper, shape, sit_exam(desk.serving, model, paper.oracle, shape)))


def rows_of(counted: Tally) -> list[dict[str, Any]]:
    """Return a row for each fault: how its probes were attributed, and the share that was right, with its interval."""
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
    """Return how many probes that a planted fault made fail were attributed rightly, and how many failed."""
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
    options.add_argument("--each", type=int, default=12, help="documents that each fault of retrieval strikes")
    options.add_argument("--no-generator", action="store_true", help="leave the faults of behaviour out")
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
        shown(rows), f"{right} of {failed} planted faults attributed rightly: {share:.3f} [{low:.3f}, {high:.3f}]"
    )
    sys.exit(0 if share >= GOAL else 1)


if __name__ == "__main__":
    main()
