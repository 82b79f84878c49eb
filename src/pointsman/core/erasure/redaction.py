"""Removes the traces of a document from records."""

import json
from collections.abc import Callable, Mapping
from typing import Any


def redacted(value: Any, matches: Callable[[str], bool], instead: str) -> Any:
    """Return a JSON value without the texts that ``matches`` recognises.

    A row (an object or list inside a list) with such a text is removed, and so is such a key with its value. Any other
    such text is replaced by ``instead``.
    """
    if isinstance(value, str):
        return instead if matches(value) else value
    if isinstance(value, Mapping):
        return {k: redacted(v, matches, instead) for k, v in value.items() if not matches(str(k))}
    if isinstance(value, (list, tuple)):
        return [redacted(item, matches, instead) for item in value if not _row_matches(item, matches)]
    return value


def _row_matches(row: Any, matches: Callable[[str], bool]) -> bool:
    if isinstance(row, Mapping):
        return any(_row_matches(v, matches) or (isinstance(v, str) and matches(v)) for v in row.values())
    if isinstance(row, (list, tuple)):
        return any(isinstance(item, str) and matches(item) for item in row)
    return False


def redacted_text(text: str, matches: Callable[[str], bool], instead: str) -> str:
    """Return a text without what ``matches`` recognises: as JSON if it is JSON, else line by line.

    If the result still matches, the whole text is replaced by ``instead``.
    """
    if not matches(text):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, (dict, list)):
        clean = json.dumps(redacted(value, matches, instead), indent=2, ensure_ascii=False, sort_keys=True)
    else:
        clean = "\n".join(instead if matches(line) else line for line in text.split("\n"))
    return instead if matches(clean) else clean
