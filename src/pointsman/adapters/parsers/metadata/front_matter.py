"""Reads the front matter at the top of any text: YAML between lines of dashes, each value as it is written."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pointsman.core.corpus.access import ACCESS
from pointsman.core.corpus.documents import Metadata
from pointsman.core.corpus.statements.heads import commented_statements
from pointsman.core.corpus.statements.keys import is_alike
from pointsman.core.corpus.statements.lines import SHOWN

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
MAX_LENGTH = 100_000
"""Characters of front matter, at most; a longer one stays in the text."""


@dataclass(frozen=True, slots=True)
class Front:
    """What front matter says, and the text below it."""

    text: str
    """The rest of the document; all of it where there is no front matter, or none that can be read."""
    metadata: Metadata = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    """What may be an access statement and was not read as one: nested, doubled, or in a comment."""


def front_matter(text: str, statement: str = ACCESS) -> Front:
    """Return the metadata between ``---`` lines at the top, and the rest; YAML that cannot be read stays in the text.

    ``statement`` is the name of the access statement.
    """
    match = FRONT_MATTER.match(text)
    node = _composed(match[1]) if match and len(match[1]) <= MAX_LENGTH else None
    if match is None or node is None:
        return Front(text)
    found: dict[str, str | list[str]] = {}
    unread: list[str] = []
    for key, value in node.value:
        name = _scalar(key)
        if name in found and name == statement:
            unread.append(f"{name}: {_scalar(value)}"[:SHOWN])
        if value.value != "" or getattr(value, "style", None) or name == statement:
            found[name] = _metadatum(value)
        elif is_alike(name, statement):
            unread.append(f"{name}:")
        unread += _nested(value, statement)
    if statement not in found:
        unread += commented_statements(match[1], statement)
    return Front(text[match.end() :], found, tuple(unread))


def _composed(text: str) -> Any:
    """Return the YAML mapping in ``text`` as nodes; None where it is none, has aliases, or a key that is no text."""
    import yaml

    try:
        node = yaml.compose(text, Loader=_loader())
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return None
    if not isinstance(node, yaml.MappingNode) or not all(isinstance(key.value, str) for key, _ in node.value):
        return None
    return node


@lru_cache(maxsize=1)
def _loader() -> Any:
    """Return a loader without types and without aliases, with which a few bytes can become any amount of text."""
    import yaml

    class Loader(yaml.BaseLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("has an alias")
            return super().compose_node(parent, index)

    return Loader


def _nested(node: Any, statement: str) -> Iterator[str]:
    """Yield the keys below a value that are the statement or like it, with their values."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner.value, str):
            continue
        for item in inner.value:
            pair = item if isinstance(item, tuple) else (item,)
            waiting += pair
            name = pair[0].value if len(pair) > 1 else None
            if isinstance(name, str) and (name == statement or is_alike(name, statement)):
                yield f"{name}: {_scalar(pair[1])}"[:SHOWN]


def _metadatum(node: Any) -> str | list[str]:
    """Return a YAML value as a text or a list of texts."""
    import yaml

    return [_scalar(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else _scalar(node)


def _scalar(node: Any) -> str:
    """Return one YAML value as the text that is written; a nested one as JSON."""
    value = _plain(node)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def _plain(node: Any) -> Any:
    """Return a YAML value as texts, lists and mappings."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        return {_scalar(key): _plain(value) for key, value in node.value}
    return [_plain(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value
