"""Records with the traces of a document taken out."""

import json
from collections.abc import Callable, Mapping
from typing import Any


def redacted(value: Any, told: Callable[[str], bool], instead: str) -> Any:
    """Return a JSON value without what ``told`` recognises.

    A row (an object or a list within a list) that names it goes whole, and so does a key; any other text is replaced.
    """
    if isinstance(value, str):
        return instead if told(value) else value
    if isinstance(value, Mapping):
        return {k: redacted(v, told, instead) for k, v in value.items() if not told(str(k))}
    if isinstance(value, (list, tuple)):
        return [redacted(item, told, instead) for item in value if not _row_tells(item, told)]
    return value


def _row_tells(row: Any, told: Callable[[str], bool]) -> bool:
    if isinstance(row, Mapping):
        return any(_row_tells(v, told) or (isinstance(v, str) and told(v)) for v in row.values())
    if isinstance(row, (list, tuple)):
        return any(isinstance(item, str) and told(item) for item in row)
    return False


def redacted_text(text: str, told: Callable[[str], bool], instead: str) -> str:
    """Return a text without what ``told`` recognises: as JSON where it is JSON, else line by line, else not at all."""
    if not told(text):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, (dict, list)):
        clean = json.dumps(redacted(value, told, instead), indent=2, ensure_ascii=False, sort_keys=True)
    else:
        clean = "\n".join(instead if told(line) else line for line in text.split("\n"))
    return instead if told(clean) else clean
