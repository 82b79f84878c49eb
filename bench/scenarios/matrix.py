"""The committed matrix: one row for each scenario and seed, one outcome for each distinct state."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pointsman.core.hashing import content_id

HERE = Path(__file__).parent
FORMAT = 1


class Matrix:
    """Rows in ``rows/``; outcomes in ``outcomes/``, each named by the hash of its inputs."""

    def __init__(self, home: Path = HERE) -> None:
        """Set the folder; nothing is read yet."""
        self.home = home

    def row(self, scenario: str, seed: int) -> dict[str, Any] | None:
        """Return the row of a scenario; None before its first action."""
        return _read(self._row_place(scenario, seed))

    def rows(self) -> list[dict[str, Any]]:
        """Return every row, sorted by name."""
        found = [_read(path) for path in sorted((self.home / "rows").glob("*.json"))]
        return [row for row in found if row is not None]

    def put_row(self, row: Mapping[str, Any]) -> None:
        """Write a row atomically."""
        _write(self._row_place(row["scenario"], row["seed"]), {"format": FORMAT, **row})

    def outcome(self, id_: str) -> dict[str, Any] | None:
        """Return an outcome by the hash of its inputs."""
        return _read(self._place(id_))

    def find(self, inputs: Mapping[str, Any]) -> str | None:
        """Return the hash of these inputs if their outcome is stored, else None."""
        id_ = content_id(inputs)
        return id_ if self._place(id_).is_file() else None

    def put_outcome(self, inputs: Mapping[str, Any], measured: Mapping[str, Any]) -> str:
        """Write an outcome under the hash of its inputs, and return the hash."""
        id_ = content_id(inputs)
        _write(self._place(id_), {"inputs": dict(inputs), "measured": dict(measured)})
        return id_

    def unused(self) -> list[str]:
        """Return the ids of outcomes that no row uses."""
        named = {action["outcome"] for row in self.rows() for action in row["actions"].values()}
        return sorted({path.stem for path in (self.home / "outcomes").glob("*.json")} - named)

    def drop(self, id_: str) -> None:
        """Delete an outcome."""
        self._place(id_).unlink()

    def _row_place(self, scenario: str, seed: int) -> Path:
        return self.home / "rows" / f"{scenario}-{seed}.json"

    def _place(self, id_: str) -> Path:
        return self.home / "outcomes" / f"{id_}.json"


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}")
    aside.write_text(json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)
