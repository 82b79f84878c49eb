"""Small files of the workspace: the memory between runs, and the JSON lines that people write."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.hashing import content_id


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

    def _files(self) -> list[Path]:
        if self._folder.exists() and not self._folder.is_dir():
            raise UsageError(f"{self._folder} is a file; name the folder that holds the *.jsonl files")
        return sorted(p for p in self._folder.glob("*.jsonl") if p.is_file())

    def stamp(self) -> str:
        """Return a cheap fingerprint: names, sizes and modification times."""
        stats = [(path.name, path.stat()) for path in self._files()]
        return content_id([[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats])

    def texts(self) -> list[tuple[str, str]]:
        """Return (file name, text) of every file; bytes that are not UTF-8 become U+FFFD."""
        return [(path.name, path.read_bytes().decode("utf-8-sig", errors="replace")) for path in self._files()]
