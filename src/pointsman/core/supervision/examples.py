"""Supervised chat examples: how a line is read, how examples are split, and the shape of their answers."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from pointsman.core.corpus.failures import failure_of, is_whole
from pointsman.core.hashing import DIGEST_LENGTH, content_id, digest
from pointsman.core.supervision.example_formats import kind_of, messages_of, shown, shown_name

ROLES = ("system", "user", "assistant")

HELD_OUT_SHARE = 0.25
"""Share of the examples that is held out from training, by whole documents."""

HEX = re.compile(r"[0-9a-fA-F]{32}(?:[0-9a-fA-F]{32})?")
"""A digest in an examples file: one of Pointsman's, or the whole SHA-256 of the document's bytes."""

HALF_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
"""An escape of a surrogate in JSON: two together are a character, one alone is none."""

SHAPE_MAJORITY = 0.8
"""Share of the answers that must have the same shape for it to be the examples' shape."""


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation to learn from. The last message is the assistant's, and only it is learned."""

    id: str
    """Id in the examples file, or the content id."""
    messages: tuple[Mapping[str, str], ...]
    """``{"role", "content"}`` each, in the order of the conversation."""
    cites: tuple[str, ...] = ()
    """Ids of the documents that the answer is based on."""
    tags: tuple[str, ...] = ()
    """Labels by which results are also reported."""
    given: tuple[tuple[str, str], ...] = ()
    """(document id, digest) if the file says for which version of the document the answer is true."""

    @property
    def question(self) -> str:
        """The last message of the user."""
        return next((m["content"] for m in reversed(self.messages) if m["role"] == "user"), "")

    @property
    def completion(self) -> str:
        """The last message: the text that is learned."""
        return self.messages[-1]["content"]

    @property
    def digest(self) -> str:
        """Digest of messages and cites: what the example teaches."""
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
        """Return the example of a line, in any format of ``example_formats``. Without an id it gets the content id.

        Raises:
            ValueError: the line cannot be read; the message says where and what is expected.
        """
        messages = tuple(_message(m, n) for n, m in enumerate(messages_of(row)))
        if not messages or messages[-1]["role"] != "assistant":
            raise ValueError("the last message must be the assistant's, because it is what is learned")
        if not any(m["role"] == "user" for m in messages):
            raise ValueError("there is no message of the user before the answer; add the question")
        if not messages[-1]["content"].strip():
            raise ValueError("the answer (the last message) is empty")
        cited, tags = [_cite(cite, n) for n, cite in enumerate(_a_list(row, "cites"))], _texts(row, "tags")
        cites = [document for document, _ in cited]
        body = {"messages": list(map(dict, messages)), "cites": cites}
        id_ = row.get("id") or content_id(body)
        if not isinstance(id_, str):
            raise ValueError(f"id is {shown(id_)}, not a text; put it in quotes")
        return cls(
            id_, messages, cites=tuple(cites), tags=tuple(tags), given=tuple((d, given) for d, given in cited if given)
        )


def _message(message: Mapping[str, Any], nth: int) -> dict[str, str]:
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise ValueError(f"messages[{nth}].role is {shown_name(role)}, not one of {', '.join(ROLES)}")
    if not isinstance(content, str):
        raise ValueError(f"messages[{nth}].content is {kind_of(content)}, not a text")
    return {"role": role, "content": content}


def _cite(cite: Any, nth: int) -> tuple[str, str | None]:
    """Return (document id, digest or None) of an item of ``cites``: an id, or ``{"document": id, "digest": hex}``."""
    if isinstance(cite, str):
        return normalize("NFC", cite), None
    if not isinstance(cite, dict) or not isinstance(cite.get("document"), str):
        raise ValueError(f'cites[{nth}] is {shown(cite)}, not a document id or {{"document": id, "digest": hex}}')
    given, document = cite.get("digest"), normalize("NFC", cite["document"])
    if given is None:
        return document, None
    if not isinstance(given, str) or not HEX.fullmatch(given):
        raise ValueError(
            f"cites[{nth}].digest is {shown_name(given)}, not {DIGEST_LENGTH} hex digits (as quarantine shows them) "
            "or the 64 that sha256sum prints"
        )
    return document, given[:DIGEST_LENGTH].lower()


def _a_list(row: Mapping[str, Any], key: str) -> list[Any]:
    value = row.get(key, [])
    if not isinstance(value, list):
        raise ValueError(f"{key} must be a list, not {kind_of(value)}")
    return value


def _texts(row: Mapping[str, Any], key: str) -> list[str]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key} must be a list of texts; it is {kind_of(value)}")
    return value


def parse_lines(text: str, origin: str) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Return (objects, problems) of a JSON-lines text. A problem is (``origin:line``, reason)."""
    rows: list[dict[str, Any]] = []
    problems = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_object(line) | {"_origin": f"{origin}:{number}"})
        except ValueError as error:
            problems.append((f"{origin}:{number}", str(error)))
        except RecursionError as error:
            problems.append((f"{origin}:{number}", failure_of(error)))
    return rows, problems


def _object(line: str) -> dict[str, Any]:
    """Return the object of a line. Bytes that are not UTF-8 arrive as lone surrogates.

    Raises:
        ValueError: it is not UTF-8, not JSON or no object, or a text in it has half of a character.
    """
    if not is_whole(line):
        raise ValueError("not UTF-8; save the file as UTF-8")
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not JSON ({error}); write one JSON object on each line") from None
    if not isinstance(value, dict):
        raise ValueError(f"{kind_of(value)}, not an object; write one JSON object on each line")
    if HALF_ESCAPE.search(line) and not is_whole(json.dumps(value, ensure_ascii=False)):
        raise ValueError(
            "a text has half of a character (an escape from \\ud800 to \\udfff without its other half); "
            "write the whole character"
        )
    return value


def set_id(examples: Iterable[Example]) -> str:
    """Return the id of a set of examples; their order makes no difference."""
    return content_id(sorted(example.digest for example in examples))


def split(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """Return (training, held out), split by the first cited document, so that no document is in both.

    An example without citations is split by its question. More examples never move a document to the other split.
    """
    training: list[Example] = []
    held_out: list[Example] = []
    for example in sorted(examples, key=lambda e: e.id):
        group = example.cites[0] if example.cites else example.question
        (held_out if is_held_out(group, seed) else training).append(example)
    return training, held_out


def is_held_out(group: str, seed: int) -> bool:
    """Return whether the examples and golden probes of a group (a document id or a question) are held out."""
    return int(digest(f"{seed}\n{group}")[:8], 16) / 0xFFFFFFFF < HELD_OUT_SHARE


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of the examples' answers: a JSON object with these keys, each with a value of this type."""

    keys: tuple[tuple[str, str], ...]
    """(key, Python type name) in the order in which they are written."""

    @classmethod
    def of(cls, completions: Sequence[str]) -> "Shape | None":
        """Return the shape that at least 80 % of ``completions`` have, or None if there is none."""
        written = [shape for shape in map(_shape_of, completions) if shape]
        votes = Counter(frozenset(shape) for shape in written)
        keys, most = votes.most_common(1)[0] if votes else (frozenset(), 0)
        if not keys or most < SHAPE_MAJORITY * len(completions):
            return None
        return cls(Counter(shape for shape in written if frozenset(shape) == keys).most_common(1)[0][0])

    def fits(self, text: str) -> bool:
        """Return whether ``text`` is a JSON object with exactly these keys and types, in any order."""
        found = _shape_of(text)
        return found is not None and sorted(found) == sorted(self.keys)

    def describe(self) -> str:
        """Return the shape as text: ``{"answer": str, "cites": list}``."""
        return "{" + ", ".join(f'"{key}": {kind}' for key, kind in self.keys) + "}"


def answer_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object in ``text``, or None if ``text`` is anything else."""
    try:
        value = json.loads(text.strip())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def cited_in(text: str) -> list[str] | None:
    """Return the document ids that a JSON answer cites, or None if it is not JSON or has no list of citations."""
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
