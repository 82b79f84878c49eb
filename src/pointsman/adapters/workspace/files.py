"""Small files of the workspace: the memory between runs, and the JSON lines that people write."""

import codecs
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.hashing import content_id

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""First bytes of a file in UTF-16."""


class FileMemory:
    """One JSON file for each name. When one is lost, runs are slower, but still correct."""

    def __init__(self, root: Path) -> None:
        """Take the folder; the first ``put`` makes it."""
        self._root = root

    def get(self, name: str) -> dict[str, Any]:
        """Return what was put under ``name``; empty when nothing was, or when the file is damaged."""
        try:
            value = json.loads((self._root / f"{name}.json").read_text(encoding="utf-8", errors="surrogatepass"))
        except (FileNotFoundError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        """Store ``value`` under ``name``: in a temporary file, which is then renamed."""
        self._root.mkdir(parents=True, exist_ok=True)
        aside = self._root / f".{name}.{os.getpid()}"
        aside.write_text(json.dumps(value), encoding="utf-8", errors="surrogatepass")
        aside.replace(self._root / f"{name}.json")


class JsonLines:
    """A folder of ``*.jsonl`` files; a missing folder counts as empty."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; read nothing."""
        self._folder = folder
        self._problems: dict[str, str] = {}
        """File name → why the last ``texts`` could not read it."""

    def _files(self) -> list[Path]:
        if self._folder.exists() and not self._folder.is_dir():
            raise UsageError(f"{self._folder} is a file; name the folder that holds the *.jsonl files")
        try:
            names = os.listdir(self._folder) if self._folder.exists() else []  # noqa: PTH208 - only the names
        except OSError as error:
            raise UsageError(f"{self._folder} cannot be listed ({error.strerror}); make it readable") from error
        return [self._folder / name for name in sorted(names) if name.endswith(".jsonl") and name[0] != "."]

    def stamp(self) -> str:
        """Return a cheap fingerprint of names and facts that the file system changes with every write."""
        return content_id([[printable(path.name), *_facts(path)] for path in self._files()])

    def texts(self) -> list[tuple[str, str]]:
        """Return (file name, text) of every file that can be read; each byte that is not UTF-8 is a lone surrogate."""
        found: list[tuple[str, str]] = []
        self._problems = {}
        for path in self._files():
            try:
                found.append((printable(path.name), _text_of(path)))
            except FileNotFoundError:
                if path.is_symlink():
                    self._problems[printable(path.name)] = "it is a link to nothing; correct or remove it"
            except OSError as error:
                why = f"it cannot be read ({error.strerror}); make it readable or remove it"
                self._problems[printable(path.name)] = why
            except ValueError as error:
                self._problems[printable(path.name)] = str(error)
        return found

    def problems(self) -> list[tuple[str, str]]:
        """Return (file name, why) of every file that the last ``texts`` could not read."""
        return sorted(self._problems.items())


def printable(name: str) -> str:
    """Return the name of a file as UTF-8; bytes of it that are not become escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _facts(path: Path) -> list[int]:
    """Return size, times, number and mode of a file; nothing where it is gone."""
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode]


def _text_of(path: Path) -> str:
    """Return the text of a file.

    Raises:
        OSError: it cannot be read, or is a folder.
        ValueError: it is a pipe or a device, or UTF-16.
    """
    if not path.is_dir() and path.exists() and not path.is_file():
        raise ValueError("it is not a regular file (a pipe, a socket or a device); remove it")
    raw = path.read_bytes()
    if raw.startswith(UTF_16):
        raise ValueError("it is UTF-16; save it as UTF-8")
    return raw.decode("utf-8-sig", errors="surrogateescape")
