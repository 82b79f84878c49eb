"""Changes to a world. Each is a pure function."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bench.scenarios.world import Asked, Form, Question, Row, World

JSON_FORM = Form(keys=("answer", "citations"))


def text_of(world: World, document: str) -> str:
    """Return the text of a document."""
    return world.documents[document].decode("utf-8")


def with_documents(world: World, changed: Mapping[str, bytes | str]) -> World:
    """Return the world with documents added or replaced."""
    raw = {name: text.encode("utf-8") if isinstance(text, str) else text for name, text in changed.items()}
    return replace(world, documents={**world.documents, **raw})


def without_documents(world: World, names: Iterable[str]) -> World:
    """Return the world without documents.

    Raises:
        KeyError: there is no such document.
    """
    documents = dict(world.documents)
    for name in names:
        del documents[name]
    return replace(world, documents=documents)


def swapped(world: World, document: str, old: str, new: str) -> World:
    """Return the world with a string of a document replaced.

    Raises:
        ValueError: the document does not contain the string, so the scenario would change nothing.
    """
    text = text_of(world, document)
    if old not in text:
        raise ValueError(f"{document!r} does not contain {old!r}; the scenario was written for another corpus")
    return with_documents(world, {document: text.replace(old, new)})


def rewritten(world: World, change: Callable[[str], str], documents: Collection[str] | None = None) -> World:
    """Return the world with every text (or those of ``documents``) passed through ``change``."""
    names = world.documents if documents is None else documents
    return with_documents(world, {name: change(text_of(world, name)) for name in names})


def moved(world: World, names: Mapping[str, str]) -> World:
    """Return the world with documents renamed, also in probes and examples."""
    documents = {names.get(name, name): raw for name, raw in world.documents.items()}
    probes = tuple({**row, "documents": [names.get(d, d) for d in row["documents"]]} for row in world.probes)
    examples = tuple(_citing(row, names) for row in world.examples)
    return replace(world, documents=documents, probes=probes, examples=examples)


def _citing(row: Row, names: Mapping[str, str]) -> Row:
    """Return an example that cites the new names, also in its answer."""
    if not set(row["cites"]) & names.keys():
        return row
    answer = json.loads(completion_of(row))
    answer["citations"] = [names.get(d, d) for d in answer["citations"]]
    cites = [names.get(d, d) for d in row["cites"]]
    return {**answered(row, json.dumps(answer)), "cites": cites}


def completion_of(row: Row) -> str:
    """Return the answer text of an example."""
    return str(row["messages"][-1]["content"])


def question_of(row: Row) -> str:
    """Return the question of an example."""
    return next(str(m["content"]) for m in reversed(row["messages"]) if m["role"] == "user")


def spoken_of(row: Row) -> str:
    """Return the ``answer`` value in the JSON answer of an example."""
    return str(json.loads(completion_of(row))["answer"])


def answered(row: Row, completion: str) -> dict[str, Any]:
    """Return an example with ``completion`` as its answer and a new id."""
    messages = [*row["messages"][:-1], {"role": "assistant", "content": completion}]
    return {**row, "id": f"{row['id']}-{abs(hash_of(completion)) % 10**6}", "messages": messages}


def hash_of(text: str) -> int:
    """Return a number for a text; it is the same in every process."""
    from pointsman.core.hashing import digest

    return int(digest(text)[:12], 16)


def with_examples(world: World, rows: Iterable[Row]) -> World:
    """Return the world with examples added."""
    return replace(world, examples=(*world.examples, *rows))


def example(id_: str, question: str, completion: str, cites: Sequence[str], *tags: str) -> Row:
    """Return a supervised example."""
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": completion}]
    return {"id": id_, "messages": messages, "cites": list(cites), "tags": list(tags)}


def asked(rows: Iterable[Row], form: Form) -> tuple[Asked, ...]:
    """Return the questions of examples with ``form`` as the requested form."""
    return tuple(Asked(f"ask-{row['id']}", question_of(row), form) for row in rows)


def untouched(controls: Iterable[Question], documents: Collection[str]) -> tuple[Question, ...]:
    """Return the questions that no document of ``documents`` answers."""
    return tuple(q for q in controls if not set(q.documents) & set(documents))


def of_probe(row: Row, documents: Sequence[str] | None = None) -> Question:
    """Return a golden probe as a question; a served passage must contain its answer, if it has one."""
    shows = (row["answer"],) if row.get("answer") else ()
    return Question(str(row["id"]), row["question"], tuple(documents or row["documents"]), shows=shows)


def probe_of(question: Question) -> Row:
    """Return a question as a line of a probes file."""
    row: dict[str, Any] = {"id": question.id, "question": question.text, "documents": list(question.documents)}
    return {**row, "answer": question.answer, "tags": ["golden"]}
