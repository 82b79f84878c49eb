"""The walls hold: import-linter's contracts, and what a quick command may load."""

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "transformers", "mlflow", "prefect", "great_expectations", "sentence_transformers", "dvc", "pandas")


def test_every_import_goes_the_way_of_the_design() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.parametrize(
    "module",
    [
        "pointsman",
        "pointsman.api.workspace",
        "pointsman.cli",
        "pointsman.bootstrap.workspace",
        "pointsman.steps.refresh.loop",
        "pointsman.cli.tables",
    ],
)
def test_importing_a_command_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_opening_a_workspace_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pointsman.bootstrap.workspace import open_resources\n"
        f"with open_resources(Path({str(ROOT)!r})): pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_no_two_test_files_have_one_name() -> None:
    """Pytest imports a test file by its bare name where its folder is no package, and stops at the second of a name."""
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    twice = [name for name, times in Counter(file.name for file in files).items() if times > 1]
    assert twice == []


def test_no_test_file_imports_another() -> None:
    """What several test files need stands in a module beside them; importing a test file would run its tests twice."""
    imports = re.compile(r"(?:from|import) +tests(?:\.\w+)*(?:\.test_\w+| import .*\btest_\w+)")
    folders = (Path(__file__).parent, ROOT / "bench")
    files = [file for folder in folders for file in folder.rglob("*.py") if ".venv" not in file.parts]
    assert len(files) > 100
    assert [str(file.relative_to(ROOT)) for file in files if imports.search(file.read_text(encoding="utf-8"))] == []


POSITIONAL = 4
"""Arguments by position in one call, at most; the others are given by name."""
FOREIGN = {"sdpa_attention_forward", "reshape", "view", "git", "_refuse_negative"}
"""Functions of vendors, and those that take any number of equals."""


def test_no_call_has_more_than_four_arguments_by_position() -> None:
    found = []
    for file in sorted((ROOT / "src" / "pointsman").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) > POSITIONAL:
                name = ast.unparse(node.func).rsplit(".", 1)[-1]
                if name not in FOREIGN and not any(isinstance(each, ast.Starred) for each in node.args):
                    found.append(f"{file.relative_to(ROOT)}:{node.lineno} {name}")
    assert found == []


MODULES = 15
"""Modules in a folder, at most; more of them need another concept."""


def test_no_folder_holds_more_modules_than_one_can_see_at_once() -> None:
    full = {}
    for top in ("src/pointsman", "bench", "tests"):
        for folder in [ROOT / top, *(path for path in (ROOT / top).rglob("*") if path.is_dir())]:
            if ".venv" in folder.parts:
                continue
            modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
            if len(modules) > MODULES:
                full[str(folder.relative_to(ROOT))] = len(modules)
    assert full == {}


LINES = 40
"""Lines of a function, at most; a longer one has more than one concept in it."""


def test_no_function_is_longer_than_one_can_see_at_once() -> None:
    long = {}
    for file in sorted((ROOT / "src" / "pointsman").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LINES:
                    long[f"{file.relative_to(ROOT)} {node.name}"] = lines
    assert long == {}


def test_no_two_public_classes_have_one_name() -> None:
    """One word for one thing. Functions may share a name where they do the same at another layer, as commands do."""
    places: dict[str, list[str]] = {}
    for file in sorted((ROOT / "src" / "pointsman").rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(file.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
