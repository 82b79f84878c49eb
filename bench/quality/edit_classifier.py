"""Accuracy of the edit classifier: does an edit change a fact, or only the wording?

    python -m bench.quality.edit_classifier [--history CLONE_OF_FLASK] [--verbose]

``bench/quality/pairs/edits.jsonl`` has pairs that were written and labelled before the classifier existed: half to tune
on, half held out. ``bench/quality/pairs/flask.jsonl`` labels edits of Flask's documentation by commit and path; the
text is read from a clone. They were labelled by hand before the classifier saw them. The classifier runs with and
without the tokenizer's vocabulary, which recognizes misspelt words. Three simple rules are compared: every edit is
factual; an edit is factual if a number changed; if more than a tenth of the characters changed. Interval: Wilson, 95 %.
"""

import argparse
import json
import re
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pointsman.adapters.models.loader import ModelLoader
from pointsman.adapters.parsers.document import read_document
from pointsman.core.corpus.chunking import chunk_document
from pointsman.core.edits.classify import Edit, classify, texts_of
from pointsman.core.edits.word_diff import Known
from pointsman.core.evaluation.statistics import wilson
from pointsman.ports.models import Embedder
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.workspace import WorkspaceFolder
from pointsman.steps.evaluation.edits import known_to

HERE = Path(__file__).parents[1]
RESULT = HERE / "results" / "edit_classifier.json"
PAIRS = Path(__file__).parent / "pairs"
CONFIDENCE = 0.95
MAX_TOKENS = 200
TENTH = 0.1
Pair = Mapping[str, Any]
Rule = Callable[[str, str], bool]

RULES: dict[str, Rule] = {
    "every edit is factual": lambda _old, _new: True,
    "a number changed": lambda old, new: re.findall(r"\d+", old) != re.findall(r"\d+", new),
    "a tenth of the characters changed": lambda old, new: SequenceMatcher(None, old, new).ratio() < 1 - TENTH,
}


def pairs_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def from_history(clone: Path, rows: Sequence[Pair]) -> list[dict[str, Any]]:
    """Return labelled commits with the text before and after, read from a clone."""

    def text(revision: str, path: str) -> str:
        words = ["git", "-C", str(clone), "show", f"{revision}:{path}"]
        return subprocess.run(words, capture_output=True, check=True).stdout.decode("utf-8", "replace")

    def sides(row: Pair) -> dict[str, str]:
        return {side: text(row["commit"] + mark, row["path"]) for side, mark in (("old", "^"), ("new", ""))}

    return [{**row, "kind": "history", **sides(row)} for row in rows]


def edit_of(pair: Pair, embedder: Embedder, known: Known | None) -> Edit | None:
    """Return the edit between two texts as a refresh sees it; None if the normalised texts are equal."""
    name = pair.get("path", "page.md")
    sides = [read_document(name, pair[side].encode()) for side in ("old", "new")]
    if sides[0].text_digest == sides[1].text_digest:
        return None
    texts = (texts_of(chunk_document(side, max_tokens=MAX_TOKENS, count=embedder.count_tokens)) for side in sides)
    return classify(pair["id"], *texts, known)


def judged(pairs: Sequence[Pair], verdicts: Sequence[bool]) -> dict[str, Any]:
    """Return accuracy with its interval, the confusion matrix, and accuracy by kind."""
    truth = [pair["label"] == "factual" for pair in pairs]
    right = [t is v for t, v in zip(truth, verdicts, strict=True)]
    low, high = wilson(sum(right), len(right), CONFIDENCE)
    names = {True: "factual", False: "wording"}
    matrix = Counter((names[t], names[v]) for t, v in zip(truth, verdicts, strict=True))
    kinds: dict[str, list[bool]] = defaultdict(list)
    for pair, ok in zip(pairs, right, strict=True):
        kinds[f"{pair['label']}: {pair['kind']}"].append(ok)
    return {
        "n": len(right), "accuracy": round(sum(right) / len(right), 4), "low": round(low, 4), "high": round(high, 4),
        "matrix": {t: {v: matrix[t, v] for v in names.values()} for t in names.values()},
        "by_kind": {kind: [sum(oks), len(oks)] for kind, oks in sorted(kinds.items())},
        "wrong": [pair["id"] for pair, ok in zip(pairs, right, strict=True) if not ok],
    }  # fmt: skip


def measure(pairs: Sequence[Pair], embedder: Embedder, *, verbose: bool) -> dict[str, Any]:
    """Return the scores of each arm on the pairs whose normalised text differs."""
    started = time.perf_counter()
    found = [edit_of(pair, embedder, known_to(embedder)) for pair in pairs]
    seconds = time.perf_counter() - started
    told = [pair for pair, edit in zip(pairs, found, strict=True) if edit is not None]
    edits = [edit for edit in found if edit is not None]
    alone = [edit for pair in pairs if (edit := edit_of(pair, embedder, None)) is not None]
    if verbose:
        show_errors(told, edits)
    arms = {
        "ours": judged(told, [edit.factual for edit in edits]),
        "ours, without a vocabulary": judged(told, [edit.factual for edit in alone]),
    }
    arms |= {name: judged(told, [rule(p["old"], p["new"]) for p in told]) for name, rule in RULES.items()}
    each = round(1000 * seconds / len(pairs), 2)
    return {"equal_when_normalised": len(pairs) - len(told), "ms_each": each, "arms": arms}


def show_errors(pairs: Sequence[Pair], edits: Sequence[Edit]) -> None:
    """Print each wrong result with the changes that led to it."""
    for pair, edit in zip(pairs, edits, strict=True):
        if edit.factual is not (pair["label"] == "factual"):
            told = [(str(change.facet), change.before, change.after) for change in edit.changes[:3]]
            print(f"{pair['id']} is {pair['label']}: {told}")


def main() -> None:
    """Measure, print the tables, write the JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--history", type=Path, help="a clone of github.com/pallets/flask")
    options.add_argument("--verbose", action="store_true")
    options.add_argument("--half", choices=("tune", "held out"), help="only this half; writes no result")
    given = options.parse_args()
    workspace = WorkspaceFolder(HERE.parent)
    models = ModelLoader(workspace, workspace.params(), models=models_folder(Endpoints()), progress=lambda *_: None)
    embedder = models.embedder(models.base("retriever"))
    rows = {"pairs": pairs_of(PAIRS / "edits.jsonl")}
    if given.history:
        rows["flask"] = from_history(given.history, pairs_of(PAIRS / "flask.jsonl"))
    sets = {
        f"{name}, {half}": measure([row for row in of if row["half"] == half], embedder, verbose=given.verbose)
        for name, of in rows.items()
        for half in ("tune", "held out")
        if given.half in (None, half)
    }
    report(sets)
    if given.half is None:
        kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
        RESULT.write_text(json.dumps({**kept, **sets}, indent=1) + "\n", encoding="utf-8")


def report(sets: Mapping[str, Any]) -> None:
    """Print the accuracy and the confusion matrix of every arm on every set."""
    for name, found in sets.items():
        cells = ("factual → factual", "factual → wording", "wording → factual", "wording → wording")
        about = (
            f"{found['ms_each']} ms an edit, parsing included; {found['equal_when_normalised']} equal when normalised"
        )
        table = Table("arm", "n", "right", "95 %", *cells, title=f"{name}: {about}")
        for arm, row in found["arms"].items():
            counts = [row["matrix"][t][v] for t in ("factual", "wording") for v in ("factual", "wording")]
            interval = f"{row['low']:.2f} … {row['high']:.2f}"
            table.add_row(arm, str(row["n"]), f"{row['accuracy']:.3f}", interval, *map(str, counts))
        Console(width=150).print(table)


if __name__ == "__main__":
    main()
