"""Retrieval tasks for the bench: a BEIR folder, a SQuAD file, or a workspace with its golden probes."""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from pointsman.core.errors import UsageError
from pointsman.core.hashing import digest


@dataclass(frozen=True)
class Task:
    """Queries, their relevant documents, and the folder of the documents."""

    name: str
    store: Path
    """Folder of the documents."""
    include: tuple[str, ...]
    queries: Mapping[str, str]
    """Query id → text, only for judged queries."""
    judged: Mapping[str, Mapping[str, int]]
    """Query id → document id → relevance; 0 is not relevant."""

    def drawn(self, number: int | None) -> "Task":
        """Return the task with ``number`` of its queries, always the same ones; None returns all."""
        if number is None:
            return self
        kept = sorted(self.queries, key=digest)[:number]
        asked = {query: self.queries[query] for query in kept}
        return replace(self, queries=asked, judged={query: self.judged[query] for query in kept})


def open_task(source: Path, work: Path, split: str) -> Task:
    """Return the task of ``source``; documents that are not files yet are written below ``work``.

    Raises:
        UsageError: it is none of the three kinds, or has no judged query.
    """
    if (source / "params.yaml").is_file():
        task = _workspace(source)
    elif source.is_file():
        task = _squad(source, work)
    elif list(source.glob("corpus.jsonl*")):
        task = _beir(source, work, split)
    else:
        raise UsageError(
            f"{source} is no BEIR folder (corpus.jsonl[.gz], queries.jsonl, qrels), SQuAD file or workspace"
        )
    if not task.queries:
        raise UsageError(f"{source} has no judged query in split {split!r}; name another with --split")
    return task


def _beir(source: Path, work: Path, split: str) -> Task:
    documents = ((row["_id"], row.get("title", ""), row["text"]) for row in _rows(source, "corpus"))
    laid = _lay_out(documents, work / "documents")
    questions = {row["_id"]: row["text"] for row in _rows(source, "queries")}
    judged: dict[str, dict[str, int]] = {}
    with (source / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        for query, document, relevance in list(csv.reader(file, delimiter="\t"))[1:]:
            judged.setdefault(query, {})[laid[document]] = int(relevance)
    return Task(f"{source.resolve().name}-{split}", work / "documents", ("**/*.md",), _asked(questions, judged), judged)


def _squad(source: Path, work: Path) -> Task:
    """Return the task of a SQuAD file; every paragraph is a document."""
    documents, questions, judged = [], {}, {}
    for article in json.loads(source.read_text(encoding="utf-8"))["data"]:
        for number, paragraph in enumerate(article["paragraphs"]):
            name = f"{article['title']}-{number}"
            documents.append((name, article["title"].replace("_", " "), paragraph["context"]))
            for asked in paragraph["qas"]:
                questions[asked["id"]] = asked["question"]
                judged[asked["id"]] = {f"{quote(name, safe='')}.md": 1}
    _lay_out(documents, work / "documents")
    return Task(source.name.split(".")[0], work / "documents", ("**/*.md",), questions, judged)


def _workspace(source: Path) -> Task:
    params = yaml.safe_load((source / "params.yaml").read_text(encoding="utf-8"))
    store = params["store"]
    lines = [
        json.loads(line)
        for file in sorted((source / params["probes"]["path"]).glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    judged = {row["id"]: dict.fromkeys(row["documents"], 1) for row in lines}
    include = tuple(store.get("include", ["**/*.rst", "**/*.md", "**/*.txt"]))
    questions = {row["id"]: row["question"] for row in lines}
    return Task(f"probes-{source.resolve().name}", (source / store["url"]).resolve(), include, questions, judged)


def _asked(questions: Mapping[str, str], judged: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    return {query: text for query, text in questions.items() if query in judged}


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    packed = folder / f"{name}.jsonl.gz"
    raw = gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / f"{name}.jsonl").read_bytes()
    for line in raw.decode("utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def _lay_out(documents: Any, store: Path) -> dict[str, str]:
    """Write every document as a Markdown file with its title, and return id → document id in the store."""
    store.mkdir(parents=True, exist_ok=True)
    laid: dict[str, str] = {}
    for id_, title, text in documents:
        laid[id_] = f"{quote(id_, safe='')}.md"
        heading = " ".join(title.split())
        content = f"# {heading}\n\n{text}\n" if heading else f"{text}\n"
        file = store / laid[id_]
        if not file.is_file() or file.read_text(encoding="utf-8") != content:
            file.write_text(content, encoding="utf-8")
    for left in {p.name for p in store.iterdir()} - set(laid.values()):
        (store / left).unlink()
    return laid
