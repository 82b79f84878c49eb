"""False alarms and power of the drift alarm, by batch size.

    python -m bench.quality.drift_alarm --reference SCIFACT --other XQUAD_FILE [--batches 300]

The documents are SciFact's abstracts (a folder in BEIR layout); the new topic is XQuAD's Wikipedia paragraphs (a SQuAD
file). Without drift, reference and batch are abstracts only; with drift, 10, 25 or 50 % of the batch are paragraphs.
Our tests run at alpha 0.05 each. Two rules with fixed limits are compared: MMD² > 0.015, and AUC > 0.55 of a
nearest-mean classifier that is fitted on one half and tested on the other.
"""

import argparse
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pointsman.adapters.models.loader import ModelLoader
from pointsman.core.evaluation.drift import Vectors, embedding_drift, vocabulary_drift
from pointsman.core.evaluation.statistics import wilson
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.workspace import WorkspaceFolder

HERE = Path(__file__).parents[1]
RESULT = HERE / "results" / "drift_alarm.json"
ALPHA, MMD_LIMIT, AUC_LIMIT = 0.05, 0.015, 0.55
REFERENCE = 40
SIZES = (10, 30, 100)
SHARES = (0.0, 0.1, 0.25, 0.5)
TEXTS = 1000
WORD = re.compile(r"[^\W\d_]{2,}")


def scifact(folder: Path) -> list[str]:
    """Return the first ``TEXTS`` abstracts of SciFact, each with its title."""
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:TEXTS]
    return [f"{row['title']}\n{row['text']}" for row in rows]


def squad(path: Path) -> list[str]:
    """Return the paragraphs of a SQuAD file."""
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]


def auc(reference: NDArray[np.float32], batch: NDArray[np.float32], rng: np.random.Generator) -> float:
    """Return the AUC, 0..1, of the direction between two means: fitted on one half, tested on the other."""
    halves = [np.array_split(side[rng.permutation(len(side))], 2) for side in (reference, batch)]
    direction = halves[1][0].mean(axis=0) - halves[0][0].mean(axis=0)
    old, new = (half[1] @ direction for half in halves)
    above = (new[:, None] > old[None, :]).mean() + 0.5 * (new[:, None] == old[None, :]).mean()
    return float(above)


def drawn(n: int, share: float, sides: Any, rng: np.random.Generator) -> dict[str, bool]:
    """Return rule → whether it fires, on one batch of ``n`` documents with ``share`` of the new topic."""
    (known, bags), (strange, strange_bags) = sides
    fresh = round(share * n)
    picked = rng.permutation(len(known))
    of, into = picked[:REFERENCE], picked[REFERENCE : REFERENCE + n - fresh]
    new = rng.permutation(len(strange))[:fresh]
    batch: Vectors = np.concatenate([known[into], strange[new]])
    seed = int(rng.integers(2**31))
    vectors = embedding_drift(known[of], batch, seed=seed)
    words = vocabulary_drift(
        [bags[k] for k in of], [*(bags[k] for k in into), *(strange_bags[k] for k in new)], seed=seed
    )
    if vectors is None or words is None:
        raise SystemExit(f"a batch of {n} documents is too small for the drift tests")
    return {
        "embedding": vectors.alarms(ALPHA), "vocabulary": words.alarms(ALPHA),
        "either, alpha halved": min(vectors.p, words.p) <= ALPHA / 2,
        "MMD² > 0.015": vectors.value > MMD_LIMIT, "AUC > 0.55": auc(known[of], batch, rng) > AUC_LIMIT,
    }  # fmt: skip


def main() -> None:
    """Draw batches, print how often each rule fires, write bench/results/drift_alarm.json."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--reference", type=Path, required=True)
    options.add_argument("--other", type=Path, required=True)
    options.add_argument("--batches", type=int, default=300)
    given = options.parse_args()
    workspace = WorkspaceFolder(HERE.parent)
    params = workspace.params()
    shelf = ModelLoader(workspace, params, models=models_folder(Endpoints()), progress=lambda *_: None)
    embedder = shelf.embedder(shelf.base("retriever"))
    texts = scifact(given.reference), squad(given.other)
    sides = [(embedder.embed(of), [Counter(WORD.findall(text.lower())) for text in of]) for of in texts]
    rows = []
    for n in SIZES:
        for share in SHARES:
            rng = np.random.default_rng([params.seed, n, round(100 * share)])
            fired = [drawn(n, share, sides, rng) for _ in range(given.batches)]
            counts = {rule: sum(each[rule] for each in fired) for rule in fired[0]}
            rows.append({"batch": n, "new_topic": share} | {rule: count / len(fired) for rule, count in counts.items()})
    low, high = wilson(ALPHA * given.batches, given.batches, 0.95)
    table = Table("batch", "new topic", *list(rows[0])[2:], title=f"shares of {given.batches} batches that fire")
    for row in rows:
        table.add_row(*(f"{row[k]:.0%}" if k == "new_topic" else f"{row[k]:g}" for k in row))
    Console(width=130).print(
        table, f"at alpha {ALPHA:g}, {low:.3f} to {high:.3f} of as many batches are expected to fire"
    )
    kept = {"alpha": ALPHA, "reference": REFERENCE, "batches": given.batches, "rows": rows}
    RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
