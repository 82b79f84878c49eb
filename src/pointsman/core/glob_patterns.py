"""Glob patterns of document ids, compiled to regular expressions."""

import re
from collections.abc import Iterable


def compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return one regular expression that matches what any of the patterns matches; without patterns: nothing.

    ``**/`` stands for any folders, or none; ``**`` for anything; ``*`` and ``?`` for characters of one name;
    ``[…]`` for one of some characters. A ``/`` at the end means everything below that folder.
    """
    return re.compile("|".join(f"(?:{_translated(pattern)})" for pattern in patterns) or r"(?!)", re.DOTALL)


def _translated(pattern: str) -> str:
    pattern = pattern.removeprefix("./").removeprefix("/")
    pattern = pattern + "**" if pattern.endswith("/") else pattern
    parts = re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", pattern, re.DOTALL)
    table = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(table.get(part) or _literal(part) for part in parts)


def _literal(part: str) -> str:
    """Translate a character class, or quote a character."""
    if len(part) == 1:
        return re.escape(part)
    inside = part[1:-1].replace("\\", "\\\\").replace("[", "\\[")
    inside = "^" + inside[1:] if inside.startswith("!") else inside.replace("^", "\\^")
    return f"[{inside}]"
