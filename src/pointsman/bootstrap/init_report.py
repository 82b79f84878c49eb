"""Compare the files of a folder with what `init` of this version writes."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.hashing import digest
from pointsman.version import __version__

RECORD = Path(".pointsman") / "init.json"
"""What `init` wrote. ``files``: the digest of each file, which shows whether a person edited it. ``templates``: the
digest of its text before values were filled in, which shows whether this version has something new."""
IGNORE_FILES = (".gitignore", ".dvcignore")
"""Files that count as equal when they contain all lines of this version: projects add lines of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingFile:
    """A file that differs from what this version writes."""

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
    """Files left alone that equal what this version writes."""
    edited: tuple[DifferingFile, ...]
    """Files left alone that somebody edited; this version has nothing newer."""
    differs: tuple[DifferingFile, ...]
    """Files left alone of which this version writes something new, or that `init` did not write."""
    other_values: tuple[DifferingFile, ...] = ()
    """Files left alone as `init` wrote them, with values that params.yaml, or git, no longer gives."""
    warnings: tuple[str, ...] = ()
    dry_run: bool = False
    """Whether nothing was written."""

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return asdict(self)


def compare(folder: Path, texts: Mapping[str, str], sources: Mapping[str, str]) -> InitReport:
    """Return which files are missing, equal, edited or different; nothing is written.

    Args:
        folder: the workspace.
        texts: path → what this version writes there.
        sources: path → the same text before values are filled in.

    Raises:
        UsageError: a file cannot be read.
    """
    record = read_record(folder)
    found = {path: _text(folder / path) for path in texts if _there(folder / path)}
    equal = [path for path, text in found.items() if _as_written(path, text, texts[path])]
    differences = [
        DifferingFile(
            path=path,
            edited=record.files[path] != digest(text) if path in record.files else None,
            diff=_diff(path, text, texts[path]),
        )
        for path, text in found.items()
        if path not in equal
    ]
    newer = {each.path for each in differences if record.templates.get(each.path) != digest(sources[each.path])}
    same = [each for each in differences if each.path not in newer]
    return InitReport(
        workspace=str(folder),
        written=tuple(path for path in texts if path not in found),
        equal=tuple(equal),
        edited=tuple(each for each in same if each.edited),
        differs=tuple(each for each in differences if each.path in newer),
        other_values=tuple(each for each in same if not each.edited),
    )


def _there(place: Path) -> bool:
    return place.exists() or place.is_symlink()


def _text(place: Path) -> str:
    try:
        return place.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"nothing was written, because {place} cannot be read: {error.strerror}; change its permissions"
        ) from None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class InitRecord:
    """What earlier runs of `init` wrote; a file is in both mappings or in neither."""

    files: Mapping[str, str]
    """Path → digest of the text as it was written."""
    templates: Mapping[str, str]
    """Path → digest of the same text before values were filled in."""


def read_record(folder: Path) -> InitRecord:
    """Return the record of a workspace; empty where nothing is known."""
    try:
        value = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files, templates = dict(value["files"]), dict(value["templates"])
    except (OSError, ValueError, KeyError, TypeError):
        return InitRecord(files={}, templates={})
    both = files.keys() & templates.keys()
    return InitRecord(files={path: files[path] for path in both}, templates={path: templates[path] for path in both})


def remember(folder: Path, texts: Mapping[str, str], sources: Mapping[str, str]) -> None:
    """Add files to the record that are as this version writes them: what it writes, and that without values.

    Raises:
        UsageError: the system refuses.
    """
    known = read_record(folder)
    value = {
        "version": __version__,
        "files": {**known.files, **{path: digest(text) for path, text in texts.items()}},
        "templates": {**known.templates, **{path: digest(sources[path]) for path in texts}},
    }
    place = folder / RECORD
    try:
        place.parent.mkdir(exist_ok=True)
        place.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        place.chmod(0o600)
    except OSError as error:
        raise UsageError(
            f"{place} cannot be written: {error.strerror}; the other files are written. Correct this and run "
            "`pointsman init` again"
        ) from None
