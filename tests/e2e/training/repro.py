"""Run dvc in a workspace."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Place


def repro(place: Place, *words: str) -> str:
    here = str(Path(sys.executable).parent)
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro", *words],
        cwd=place.root,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout
