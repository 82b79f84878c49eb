"""What `init` found in a folder, file by file, compared with what this version writes."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pointsman import __version__
from pointsman.core.errors import UsageError
from pointsman.core.hashing import digest

RECORD = Path(".pointsman") / "init.json"
"""Digest of each file as `init` wrote it. It tells a file that a person edited from one that this version changes."""
IGNORE_FILES = (".gitignore", ".dvcignore")
"""Files that are as they should be when they have all lines of this version: a project has lines of its own there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A file that is there and is not what this version writes."""

    path: str
    edited: bool | None
    """Whether somebody edited it since `init` wrote it; None if `init` did not write it, or has no record of it."""
    diff: str
    """Unified diff from the file to what this version writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitReport:
    """What `init` did to a folder; paths are relative to it."""

    workspace: str
    """Absolute path of the folder."""
    written: tuple[str, ...]
    """Files that were not there; with ``dry_run``, those that would be written."""
    equal: tuple[str, ...]
    """Files left alone that are what this version writes."""
    edited: tuple[Difference, ...]
    """Files left alone that somebody edited; this version has nothing newer."""
    differs: tuple[Difference, ...]
    """Files left alone of which this version writes something new."""
    warnings: tuple[str, ...] = ()
    dry_run: bool = False
    """Whether nothing was written."""

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def compare(folder: Path, texts: Mapping[str, str]) -> InitReport:
    """Return which files are missing, equal, edited or different; nothing is written.

    Raises:
        UsageError: a file cannot be read.
    """
    known = record_of(folder)
    written = [path for path in texts if not _there(folder / path)]
    found = {path: _text(folder / path) for path in texts if _there(folder / path)}
    equal = [path for path, text in found.items() if _as_written(path, text, texts[path])]
    changed = {path: text for path, text in found.items() if path not in equal}
    current = {path: known.get(path) == digest(texts[path]) for path in changed}
    differences = [
        Difference(
            path=path,
            edited=known[path] != digest(text) if path in known else None,
            diff=_diff(path, text, texts[path]),
        )
        for path, text in changed.items()
    ]
    return InitReport(
        workspace=str(folder),
        written=tuple(written),
        equal=tuple(equal),
        edited=tuple(each for each in differences if current[each.path]),
        differs=tuple(each for each in differences if not current[each.path]),
    )


def _there(place: Path) -> bool:
    return place.exists() or place.is_symlink()


def _text(place: Path) -> str:
    try:
        return place.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror}; nothing was written") from None


def _as_written(path: str, found: str, text: str) -> bool:
    return found == text or (path in IGNORE_FILES and not missing_lines(found, text))


def missing_lines(found: str, text: str) -> list[str]:
    """Return the lines of ``text`` that ``found`` does not have; comments do not count."""
    there = {line.strip() for line in found.splitlines()}
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#") and line not in there]


def _diff(path: str, found: str, text: str) -> str:
    new = f"{path} (pointsman {__version__})"
    lines = difflib.unified_diff(found.splitlines(), text.splitlines(), fromfile=path, tofile=new, lineterm="")
    return "\n".join(lines)


def record_of(folder: Path) -> dict[str, str]:
    """Return the digest of each file as an earlier `init` wrote it; empty where nothing is known."""
    try:
        value = json.loads((folder / RECORD).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return value if isinstance(value, dict) else {}


def remember(folder: Path, texts: Mapping[str, str]) -> None:
    """Add files to the record that are as this version writes them."""
    known = {**record_of(folder), **{path: digest(text) for path, text in texts.items()}}
    place = folder / RECORD
    place.parent.mkdir(exist_ok=True)
    value = {"version": __version__, "files": known}
    place.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
