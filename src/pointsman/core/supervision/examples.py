"""Supervised chat examples: what they say, how they are split, and the shape of answer they ask for."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.hashing import DIGEST_LENGTH, content_id, digest

ROLES = ("system", "user", "assistant")

HELD_OUT_SHARE = 0.25
"""Share of examples kept out of training, whole documents at a time."""

HEX = re.compile(r"[0-9a-fA-F]{32}(?:[0-9a-fA-F]{32})?")
"""A digest as a person may write it: ours, or a whole SHA-256 of the document's bytes."""

SHAPE_MAJORITY = 0.8
"""Share of completions that must have one shape before it is called the shape."""


@dataclass(frozen=True, slots=True)
class Example:
    """One supervised chat example; the last message is the assistant's and is what is learned."""

    id: str
    messages: tuple[Mapping[str, str], ...]
    cites: tuple[str, ...] = ()
    """Ids of the documents that support the completion."""
    tags: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    """(document id, digest) where the file says which text it is true for: no part of what the example teaches."""

    @property
    def question(self) -> str:
        """The last user message."""
        return next((m["content"] for m in reversed(self.messages) if m["role"] == "user"), "")

    @property
    def completion(self) -> str:
        """What is learned."""
        return self.messages[-1]["content"]

    @property
    def digest(self) -> str:
        """Digest of what it teaches: messages and cites."""
        return digest(json.dumps([list(map(dict, self.messages)), self.cites], sort_keys=True, ensure_ascii=False))

    def as_json(self) -> dict[str, Any]:
        """Return the example as a line of an examples file."""
        given = dict(self.given)
        return {
            "id": self.id,
            "messages": list(map(dict, self.messages)),
            "cites": [{"document": d, "digest": given[d]} if d in given else d for d in self.cites],
            "tags": list(self.tags),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Example":
        """Return the example that a line spells; the id is the content hash where it is left out.

        Raises:
            ValueError: the line is not of the form in README, "Examples"; the message says where.
        """
        messages = tuple(_message(m, n) for n, m in enumerate(_list_of(row, "messages", dict)))
        if not messages or messages[-1]["role"] != "assistant":
            raise ValueError("the last message must be the assistant's: it is what is learned")
        if not any(m["role"] == "user" for m in messages):
            raise ValueError("there is no user message, so no question")
        if not messages[-1]["content"].strip():
            raise ValueError("the completion is empty")
        cited, tags = [_cite(cite, n) for n, cite in enumerate(_a_list(row, "cites"))], _list_of(row, "tags", str)
        cites = [document for document, _ in cited]
        body = {"messages": list(map(dict, messages)), "cites": cites}
        id_ = row.get("id") or content_id(body)
        if not isinstance(id_, str):
            raise ValueError(f"id is {id_!r}, not a text")
        return cls(id_, messages, tuple(cites), tuple(tags), tuple((d, given) for d, given in cited if given))


def _message(message: Mapping[str, Any], nth: int) -> dict[str, str]:
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise ValueError(f"messages[{nth}].role is {role!r}, not one of {', '.join(ROLES)}")
    if not isinstance(content, str):
        raise ValueError(f"messages[{nth}].content is {type(content).__name__}, not a text")
    return {"role": role, "content": content}


def _cite(cite: Any, nth: int) -> tuple[str, str | None]:
    """Return (document id, digest) of an entry of ``cites``: an id, or ``{"document": id, "digest": hex}``."""
    if isinstance(cite, str):
        return cite, None
    if not isinstance(cite, dict) or not isinstance(cite.get("document"), str):
        raise ValueError(f'cites[{nth}] is {cite!r:.80}, not a document id or {{"document": id, "digest": hex}}')
    given = cite.get("digest")
    if given is None:
        return cite["document"], None
    if not isinstance(given, str) or not HEX.fullmatch(given):
        raise ValueError(
            f"cites[{nth}].digest is {given!r:.80}, not {DIGEST_LENGTH} hex digits (as quarantine shows them) "
            "or the 64 that sha256sum prints"
        )
    return cite["document"], given[:DIGEST_LENGTH].lower()


def _a_list(row: Mapping[str, Any], key: str) -> list[Any]:
    value = row.get(key, [])
    if not isinstance(value, list):
        raise ValueError(f"{key} must be a list, not {type(value).__name__}")
    return value


def _list_of(row: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise ValueError(f"{key} must be a list of {kind.__name__}")
    return value


def parse_lines(text: str, origin: str) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Return (objects, problems) of a JSON-lines text; a problem is (``origin:line``, why)."""
    rows: list[dict[str, Any]] = []
    problems = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append((f"{origin}:{number}", f"not JSON: {error}"))
            continue
        if isinstance(value, dict):
            rows.append(value | {"_origin": f"{origin}:{number}"})
        else:
            problems.append((f"{origin}:{number}", f"a {type(value).__name__}, not an object"))
    return rows, problems


def set_id(examples: Iterable[Example]) -> str:
    """Return the id of a set of examples, whatever their order."""
    return content_id(sorted(example.digest for example in examples))


def split(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """Return (training, held out), by the first cited document, so that no document is on both sides.

    An example that cites nothing goes by its question. The side of a document never changes as examples are added.
    """
    training: list[Example] = []
    held_out: list[Example] = []
    for example in sorted(examples, key=lambda e: e.id):
        group = example.cites[0] if example.cites else example.question
        (held_out if is_held_out(group, seed) else training).append(example)
    return training, held_out


def is_held_out(group: str, seed: int) -> bool:
    """Tell whether a document (or what stands for one) is on the held-out side: of examples and of golden probes."""
    return int(digest(f"{seed}\n{group}")[:8], 16) / 0xFFFFFFFF < HELD_OUT_SHARE


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of answer that examples ask for: a JSON object with these keys, each of this JSON type."""

    keys: tuple[tuple[str, str], ...]
    """(key, type) in the order they are written."""

    @classmethod
    def of(cls, completions: Sequence[str]) -> "Shape | None":
        """Derive the shape of at least 80 % of ``completions``; None when they have no common one."""
        written = [shape for shape in map(_shape_of, completions) if shape]
        votes = Counter(frozenset(shape) for shape in written)
        keys, most = votes.most_common(1)[0] if votes else (frozenset(), 0)
        if not keys or most < SHAPE_MAJORITY * len(completions):
            return None
        return cls(Counter(shape for shape in written if frozenset(shape) == keys).most_common(1)[0][0])

    def fits(self, text: str) -> bool:
        """Tell whether ``text`` is a JSON object with exactly these keys and types, in any order."""
        found = _shape_of(text)
        return found is not None and sorted(found) == sorted(self.keys)

    def describe(self) -> str:
        """Return the shape as a person would write it."""
        return "{" + ", ".join(f'"{key}": {kind}' for key, kind in self.keys) + "}"


def answer_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object that the whole of ``text`` is, or None."""
    try:
        value = json.loads(text.strip())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def cited_in(text: str) -> list[str] | None:
    """Return the document ids that a JSON answer cites; None when it is not JSON or has no such list."""
    value = answer_object(text)
    if value is None:
        return None
    for key in ("citations", "cites", "sources", "citation", "source"):
        cited = value.get(key)
        if isinstance(cited, str):
            return [cited]
        if isinstance(cited, list) and all(isinstance(item, str) for item in cited):
            return cited
    return None


def _shape_of(text: str) -> tuple[tuple[str, str], ...] | None:
    value = answer_object(text)
    return tuple((key, type(item).__name__) for key, item in value.items()) if value is not None else None
