"""What belongs to the digest of a stage besides the code of Pointsman, and what cannot be followed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pointsman.stages import code
from pointsman.stages.digest import reach
from pointsman.stages.digest.reach import Reach, Sources
from tests.stages.made_up_code import ENTRY, MAIN, digest, found, written

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["torch", "numpy", "safetensors", "sentencepiece"])
@pytest.mark.parametrize(
    "body",
    [
        "import {0}\ndef main(): {0}.f()\n",
        "import {0} as z\ndef main(): z.f()\n",
        "import {0}.part\ndef main(): {0}.part.f()\n",
        "def main():\n from {0} import f\n",
        "import {0}\n{0}.backends.x = 1\ndef main(): pass\n",
        "import {0}\ndef main(): pass\n",
        "from {0} import *\ndef main(): pass\n",
    ],
)
def test_the_version_of_a_computing_package_belongs_to_the_digest(tmp_path: Path, package: str, body: str) -> None:
    assert found(tmp_path, {ENTRY: MAIN, "pointsman/m.py": body.format(package)}).packages == {package}


@pytest.mark.parametrize(
    "body",
    [
        "import torch\ndef main(): pass\ndef other(): torch.f()\n",
        "import torch\ndef main(x: torch.Tensor): pass\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import torch\ndef main(): pass\n",
        "def main(): pass\ndef other():\n import torch\n",
    ],
)
def test_a_computing_package_that_the_stage_does_not_use_stays_out(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, {ENTRY: MAIN, "pointsman/m.py": body}).packages == set()


def test_a_changed_version_changes_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {ENTRY: MAIN, "pointsman/m.py": "import torch\ndef main(): torch.f()\n"}
    seen = []
    for version in ("2.13.0", "2.13.0+cpu", "2.14.0"):
        monkeypatch.setattr(code, "version", lambda _, version=version: version)
        seen.append(digest(tmp_path, files))
    assert seen[0] == seen[1] != seen[2]


def test_an_installed_package_that_an_entry_point_imports_belongs_to_it_by_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {ENTRY: "import os\nfrom yaml import safe_load\nimport mycompany.training\n"}
    assert found(tmp_path, files).others == {"yaml", "mycompany"}
    before = digest(tmp_path, files)
    monkeypatch.setattr(code, "version", lambda _: "1000")
    assert digest(tmp_path, files) != before


def test_only_what_dvc_yaml_names_is_a_stage(tmp_path: Path) -> None:
    a, other = "  a:\n    cmd: python -P pipelines/a.py\n", "  code:\n    cmd: python -P pipelines/code.py\n"
    graph = f"stages:\n{a}  # cmd: python -P pipelines/b.py\n{other}"
    written(tmp_path, {ENTRY: "", "pipelines/helper.py": "", "pipelines/b.py": "", "dvc.yaml": graph})
    assert list(code.stage_digests(tmp_path, tmp_path / "pointsman")) == ["a"]


def test_a_neighbour_of_an_entry_point_can_be_imported_as_the_docs_say(tmp_path: Path) -> None:
    written(
        tmp_path, {ENTRY: "from pipelines.helper import g\ng()\n", "pipelines/helper.py": "def g(): print('here')\n"}
    )
    run = [sys.executable, "-P", ENTRY]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    assert subprocess.run(run, cwd=tmp_path, env=kept, capture_output=True, check=False).returncode == 1
    ran = subprocess.run(run, cwd=tmp_path, env=kept | {"PYTHONPATH": "."}, capture_output=True, check=True)
    assert ran.stdout == b"here\n"


UNFOLLOWED = re.compile(
    r"(?<!\.)\b(?:__import__|globals|locals|vars|exec|eval)\(|\b(?:import_module|run_module|run_path|sys\.modules)\b"
)

ALLOWED = {
    ("adapters/models/embedders/openvino_export.py", "openvino"): "switches telemetry off; takes nothing from there",
    ("adapters/validation/sensitive/identity_numbers.py", "_is_valid"): "imports from stdnum; NUMBERS names them",
}


def test_what_the_stages_reach_uses_no_form_that_cannot_be_followed() -> None:
    sources = Sources(code.PACKAGE, ROOT / "pipelines")
    stages = [ROOT / "pipelines" / f"{stage}.py" for stage in code.stage_digests(ROOT)]
    places = {place: text for entry in stages for place, text in Reach(sources).follow(entry).code.items()}
    unfollowed = {
        (sources.name(path), name)
        for (path, name), text in places.items()
        if not name.startswith("import ") and UNFOLLOWED.search(text)
    }
    assert unfollowed == ALLOWED.keys()


def test_what_is_left_out_by_name_exists() -> None:
    names = [*reach.ONLY_MESSAGES, *reach.ERROR_TEXTS, *reach.SECTIONS]
    assert [name for name in names if not (code.PACKAGE / name).is_file()] == []
