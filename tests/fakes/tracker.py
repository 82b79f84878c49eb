"""A tracker in memory that can be unreachable, and can lose the reply to a successful write."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pointsman.adapters.reports.record import clean, flat_params, headline, metrics, parts, section, tags
from pointsman.core.errors import PointsmanError


class FakeTracker:
    """A ``Tracker`` in memory. Records are cleaned and pass through JSON, as on the way to a server."""

    def __init__(self) -> None:
        self.down = False
        """Whether every call fails."""
        self.loses_replies = 0
        """Number of next writes that succeed but lose their reply."""
        self.runs: dict[str, dict[str, Any]] = {}
        """Run id → decision, name, params, metrics, tags, files (name → bytes)."""
        self.kept: dict[tuple[str, str], str] = {}
        """(kind, id) → object of the ledger as JSON."""
        self.certificates: dict[str, dict[str, Any]] = {}
        """Run id → certificate and note."""
        self.tainted: dict[tuple[str, str], str] = {}
        """(part, content) → id of the erasure that tainted it."""
        self._registered: dict[str, dict[str, Any]] = {}
        self._versions: dict[str, dict[str, str]] = {p: {} for p in ("index", "retriever", "generator", "release")}
        self._aliases: dict[str, dict[str, str]] = {part: {} for part in self._versions}

    def reachable(self) -> str | None:
        return "the tracker is down" if self.down else None

    def record(self, decision: Mapping[str, Any], *, files: Mapping[str, Path]) -> str:
        record = json.loads(json.dumps(clean(decision)))
        decision_id = record.get("decision_id") or section(record, "report").get("decision_id")
        if not decision_id:
            raise PointsmanError("the decision record has no decision_id; nothing was recorded")
        if missing := [f"{key}: {path}" for key, path in files.items() if not path.exists()]:
            raise PointsmanError(f"files to record are missing: {'; '.join(missing)}; nothing was recorded")
        self._refuse_when_down()
        held = {key: path.read_bytes() for key, path in files.items() if path.is_file()}
        run = {"decision": record, "name": headline(record), "params": flat_params(record), "metrics": metrics(record)}
        run_id = f"run-{decision_id}"
        self.runs[run_id] = run | {"tags": tags(record), "files": self.runs.get(run_id, {}).get("files", {}) | held}
        self._lose_reply()
        return run_id

    def sync(self, release: Mapping[str, Any], *, live: str | None, previous: str | None) -> None:
        self._refuse_when_down()
        known: dict[str, Any] = clean(release)
        found = {part: content for part, (content, _) in parts(known).items()}
        self._registered.setdefault(found["release"], known)
        for part, content in found.items():
            self._versions[part].setdefault(content, found["release"])
        candidate = found["release"] if found["release"] != live else None
        for alias, name in (("live", live), ("previous", previous), ("candidate", candidate)):
            self._point(alias, self._registered.get(name or ""))
        self._lose_reply()

    def _point(self, alias: str, release: Mapping[str, Any] | None) -> None:
        for part, aliases in self._aliases.items():
            aliases.pop(alias, None)
            if release is not None and part in parts(release):
                aliases[alias] = parts(release)[part][0]

    def preserve(self, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        self._refuse_when_down()
        self.kept |= {
            (kind, id_): json.dumps(clean(value) if kind == "decision" else value) for kind, id_, value in objects
        }
        self._lose_reply()

    def preserved(self) -> set[tuple[str, str]]:
        self._refuse_when_down()
        return set(self.kept)

    def recall(self, kind: str, id_: str) -> dict[str, Any] | None:
        self._refuse_when_down()
        try:
            value = json.loads(self.kept.get((kind, id_), "null"))
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def remove_preserved(self, objects: Collection[tuple[str, str]]) -> None:
        self._refuse_when_down()
        self.kept = {key: text for key, text in self.kept.items() if key not in set(objects)}
        self._lose_reply()

    def recorded(self) -> set[str]:
        self._refuse_when_down()
        return {run["decision"]["decision_id"] for run in self.runs.values()}

    def rewrite(self, change: Callable[[str], str]) -> int:
        self._refuse_when_down()
        before = json.dumps([self.runs, self._registered], default=repr)
        for run in self.runs.values():
            run["decision"] = json.loads(change(json.dumps(run["decision"])))
            run["tags"] = {name: change(text) for name, text in run["tags"].items()}
            run["files"] = {name: change(raw.decode()).encode() for name, raw in run["files"].items()}
        self._registered = {id_: json.loads(change(json.dumps(r))) for id_, r in self._registered.items()}
        self._lose_reply()
        return int(json.dumps([self.runs, self._registered], default=repr) != before)

    def taint(self, part: str, content: str, by: str | None) -> bool:
        self._refuse_when_down()
        if content not in self._versions[part]:
            return False
        self.tainted.pop((part, content), None)
        if by is not None:
            self.tainted[part, content] = by
        return True

    def certify(self, certificate: Mapping[str, Any], note: str) -> str:
        self._refuse_when_down()
        run_id = f"forget-{certificate['id']}"
        self.certificates[run_id] = {"certificate": json.loads(json.dumps(certificate)), "note": note}
        self._lose_reply()
        return run_id

    def releases(self) -> list[dict[str, Any]]:
        self._refuse_when_down()
        return [dict(release) for release in self._registered.values()]

    def manifests(self) -> dict[str, Any]:
        self._refuse_when_down()
        runs = [run for run in self.runs.values() if "manifest" in run["files"]]
        return {run["tags"]["corpus"]: json.loads(run["files"]["manifest"]) for run in runs}

    def aliases(self, part: str) -> dict[str, str]:
        self._refuse_when_down()
        return dict(self._aliases[part])

    def versions(self, part: str) -> list[str]:
        self._refuse_when_down()
        return list(self._versions[part])

    def _refuse_when_down(self) -> None:
        if problem := self.reachable():
            raise PointsmanError(f"{problem}; the live release still answers")

    def _lose_reply(self) -> None:
        if self.loses_replies:
            self.loses_replies -= 1
            raise PointsmanError("no answer came; it is safe to run this again")
