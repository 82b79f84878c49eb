"""`dvc repro` by hand in a workspace that has no example yet: what cannot be trained says so, the rest is built."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import lay_out


def repro(root: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_without_examples_everything_else_is_built_and_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    place = lay_out(tmp_path / "workspace")
    place.set_params(retriever={"lora": {"max_pairs": 16}})
    first = repro(place.root)
    assert "nothing was trained: no accepted example" in first
    assert (place.root / "build" / "evaluation.json").is_file()
    assert "no accepted example" in (place.root / "build" / "generator" / "skipped.txt").read_text(encoding="utf-8")
    second = repro(place.root)
    ran = {line.split("'")[1] for line in second.splitlines() if line.startswith("Running stage")}
    assert ran == {"code", "snapshot", "lineage"}, "only the stages that always run"
