"""The workspace of a proof. The product's command line works in it; an interrupted run continues."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.new_workspace import new_workspace, set_params
from pointsman.core.hashing import content_id, digest

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".bench" / "finetuning"
POINTSMAN = str(Path(sys.executable).parent / "pointsman")
REFUSED = 3
"""Exit code of a refresh that the gate refused."""

StepResult = dict[str, Any]


class ProofWorkspace:
    """A folder for one set of inputs: the workspace, and the stored result of every finished step."""

    def __init__(self, name: str, inputs: Mapping[str, Any], say: Callable[[str], None] = print) -> None:
        """Name the folder by the hash of inputs and product; make the workspace if it is missing.

        Args:
            name: the proof, or the steps that several proofs share.
            inputs: all that a result depends on, besides the product: texts, questions, settings.
            say: gets a line when a step starts, ends, or was done before.
        """
        self.id = content_id({"inputs": dict(inputs), "product": product_id()})
        self.root = HOME / f"{name}-{self.id}" / "workspace"
        self.seconds = 0.0
        """Seconds of all steps so far, including those of earlier runs."""
        self._steps, self._say = self.root.parent / "steps", say
        if not (self.root / "params.yaml").is_file():
            _lay_out(self.root)

    def step(self, name: str, make: Callable[[], StepResult], given: Mapping[str, Any] | None = None) -> StepResult:
        """Return the result of a step and its ``seconds``; a finished step is read, not run again.

        Args:
            name: the name of the step.
            make: runs the step.
            given: further inputs of the step, besides those of the workspace and the steps before.
        """
        kept = self._steps / f"{name}{'-' + content_id(dict(given)) if given else ''}.json"
        if kept.is_file():
            self._say(f"{name}: done before")
            found = dict(json.loads(kept.read_text(encoding="utf-8")))
            self.seconds += found["seconds"]
            return found
        self._say(f"{name} ...")
        started = time.perf_counter()
        found = make()
        found = {**found, "seconds": round(time.perf_counter() - started, 1)}
        self._steps.mkdir(exist_ok=True)
        aside = kept.with_suffix(".part")
        aside.write_text(json.dumps(found, indent=1), encoding="utf-8")
        aside.replace(kept)
        self.seconds += found["seconds"]
        self._say(f"{name}: {found['seconds']} s")
        return found

    def set_params(self, **sections: Mapping[str, Any]) -> None:
        """Change keys of the workspace's params.yaml."""
        set_params(self.root, **sections)

    def documents(self, texts: Mapping[str, str]) -> None:
        """Write documents into the store; unchanged ones are not touched."""
        for document, text in texts.items():
            path = self.root / "documents" / document
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def lines(self, folder: str, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write a file of examples or probes."""
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.root / folder / f"{name}.jsonl").write_text(text, encoding="utf-8")

    def refresh(self, *, allowed: Iterable[int] = (0,)) -> StepResult:
        """Run ``pointsman refresh --json`` and return what it printed.

        Raises:
            SystemExit: it ended with another exit code.
        """
        done = subprocess.run(
            [POINTSMAN, "refresh", "--json"], cwd=self.root, capture_output=True, text=True, check=False, env=_env()
        )
        if done.returncode not in set(allowed):
            raise SystemExit(f"pointsman refresh ended with {done.returncode} in {self.root}\n{done.stderr[-4000:]}")
        return {"exit_code": done.returncode, **json.loads(done.stdout)}

    def last_evaluation(self) -> StepResult:
        """Return the newest decision record that has an evaluation.

        Raises:
            SystemExit: there is none, so nothing was trained.
        """
        folder = self.root / ".pointsman" / "ledger" / "decision"
        records = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
        found = [record for record in records if record.get("exam")]
        if not found:
            raise SystemExit(
                f"no decision in {self.root} has an evaluation: the policy trained nothing; see its records"
            )
        return dict(max(found, key=lambda record: str(record["at"])))


def product_id() -> str:
    """Return the content id of the product: its code, stages and default params.yaml."""
    files = [path for part in ("src", "pipelines") for path in (ROOT / part).rglob("*.py")]
    files += [ROOT / "params.yaml", ROOT / "dvc.yaml"]
    return content_id({str(f.relative_to(ROOT)): digest(f.read_text(encoding="utf-8")) for f in sorted(files)})


def _env() -> dict[str, str]:
    """Return the environment of a command: the code of this checkout, offline, tools of this interpreter first."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PYTHONPATH": path, "PATH": tools, "HF_HUB_OFFLINE": "1"}


def _lay_out(root: Path) -> None:
    """Make a new workspace; an unfinished one is deleted first."""
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    new_workspace(root)
