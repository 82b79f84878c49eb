"""What the docs say, as data: pages, code blocks, commands in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Return the README and every page of the site."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def sessions(page: Path) -> list[str]:
    """Return the ``console`` blocks of a page."""
    return [text for kind, text in FENCE.findall(page.read_text(encoding="utf-8")) if kind == "console"]


@dataclass(frozen=True)
class Command:
    """A command of a ``console`` block, and what it must exit with."""

    text: str
    exit_code: int


def commands(page: Path) -> Iterator[Command]:
    """Yield each command: the line after ``$``, with the lines after ``>`` that belong to it."""
    for session in sessions(page):
        for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            first, *rest = part.rstrip("\n").split("\n")
            more = [line[2:] if line.startswith("> ") else "" for line in rest if line.startswith(">")]
            found = re.search(r"# exits with (\d+)", first)
            yield Command("\n".join([first, *more]), int(found[1]) if found else 0)


def words_after_pointsman(page: Path) -> Iterator[list[str]]:
    """Yield the words of each ``pointsman`` command of a page, in ``console`` blocks and in running text."""
    lines = [command.text.split("\n")[0] for command in commands(page)]
    lines += re.findall(r"`(pointsman(?: [^`]*)?)`", " ".join(prose(page).split()))
    for line in lines:
        words = shlex.split(line.replace("…", "x"), comments=True)
        if words and words[0] == "pointsman":
            yield words[1:]


def keys(value: object, before: str = "") -> list[str]:
    """Return the keys of nested mappings, joined by dots."""
    if not isinstance(value, dict) or not value:
        return [before]
    return [key for name, item in value.items() for key in keys(item, f"{before}.{name}" if before else name)]
