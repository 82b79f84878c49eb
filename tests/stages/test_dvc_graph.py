"""The graph of dvc.yaml: its order, and that each stage depends on the code that it runs, and on no other."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pointsman.stages import code

ROOT = Path(__file__).parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
CODED = sorted(STAGES.keys() - {"code"})


def modules(stage: str) -> set[str]:
    """The modules of Pointsman that a stage reaches, as ``core/release``."""
    reached, _ = code.reached(ROOT / "pipelines" / f"{stage}.py")
    return {str(path.relative_to(code.PACKAGE).with_suffix("")) for path, _ in reached if "pipelines" not in path.parts}


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A copy of the package and of the entry points, read in the place of the real ones."""
    shutil.copytree(code.PACKAGE, tmp_path / "pointsman", ignore=shutil.ignore_patterns("__pycache__"))
    return with_entry_points(tmp_path)


def with_entry_points(place: Path) -> Path:
    """Copy dvc.yaml and the entry points into a folder."""
    shutil.copytree(ROOT / "pipelines", place / "pipelines")
    shutil.copy(ROOT / "dvc.yaml", place)
    return place


def digests(place: Path) -> dict[str, str]:
    """Return the digests of the stages in a folder with a copy of the package."""
    return code.stage_digests(place, place / "pointsman")


def changed(place: Path, file: str, old: str, new: str) -> set[str]:
    """Replace a text in a file of the copied package and return the stages whose digest is another one now."""
    before = digests(place)
    path = place / "pointsman" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    after = digests(place)
    return {stage for stage in after if after[stage] != before[stage]}


@pytest.mark.parametrize("stage", CODED)
def test_a_stage_depends_on_its_own_digest_and_on_no_source_file(stage: str) -> None:
    keys = [key for param in STAGES[stage]["params"] if isinstance(param, dict) for key in param["build/code.yaml"]]
    assert keys == [stage]
    assert not [dep for dep in STAGES[stage].get("deps", []) if dep.endswith(".py")]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_its_own_file(stage: str) -> None:
    assert STAGES[stage]["cmd"] == f"python -P pipelines/{stage}.py"


def test_there_is_a_digest_for_each_stage() -> None:
    assert sorted(code.stage_digests(ROOT)) == CODED


def test_a_comment_or_a_docstring_in_the_gates_runs_nothing_again(edited: Path) -> None:
    gate = "core/gates/index.py"
    assert changed(edited, gate, '"""', '"""Another sentence. ') == set()
    assert changed(edited, gate, "\ndef ", "\n# a comment\ndef ") == set()


def test_a_docstring_in_the_training_loop_runs_nothing_again(edited: Path) -> None:
    assert changed(edited, "adapters/training/loop.py", '    """', '    """Another sentence. ') == set()


def test_a_changed_line_that_a_training_runs_runs_that_training_again(edited: Path) -> None:
    assert (
        changed(edited, "core/training/schedule.py", "def rate(", "WARM = 1\n\n\ndef rate(") == set()
    )  # nobody uses it
    told = changed(edited, "adapters/training/loop.py", "clip_grad_norm_", "clip_grad_value_")
    assert told == {"train_generator", "train_retriever"}


def test_a_changed_line_of_the_chunker_does_not_train_by_itself(edited: Path) -> None:
    text = (edited / "pointsman" / "core/corpus/chunking.py").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("    return "))
    told = changed(edited, "core/corpus/chunking.py", line, line + "  \n    assert True")
    assert "train_generator" not in told


def test_a_team_that_edits_its_entry_point_runs_that_stage_again(edited: Path) -> None:
    before = digests(edited)
    entry = edited / "pipelines" / "chunk.py"
    entry.write_text(entry.read_text(encoding="utf-8") + "\nprint('ours')\n", encoding="utf-8")
    after = digests(edited)
    assert {stage for stage in after if after[stage] != before[stage]} == {"chunk"}


@pytest.mark.parametrize("foreign", ["guards", "approval", "tracker", "core/policy", "adapters/mlflow", "core/gates"])
def test_a_training_does_not_depend_on_guards_approvals_or_the_tracker(foreign: str) -> None:
    assert not [module for module in modules("train_generator") if foreign in module]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("settings/limits.py", "class Guard:\n", "class Guard:\n    new_limit: int = 3\n"),
        ("core/errors.py", 'way_out = "', 'way_out = "Otherwise worded. '),
        ("core/errors.py", 'title = "', 'title = "Otherwise worded: '),
        ("settings/mistakes.py", "must be a text", "is no text"),
        ("settings/mistakes.py", "\nSHOWN = ", "\nSHOWN = 1 + "),
        ("adapters/training/loop.py", "\ndef ", "\n# a comment\ndef "),
    ],
)
def test_a_limit_of_a_guard_or_a_reworded_error_trains_nothing(edited: Path, file: str, old: str, new: str) -> None:
    assert not changed(edited, file, old, new) & {"train_generator", "train_retriever"}


def test_a_new_default_of_a_section_that_a_training_reads_runs_it_again(edited: Path) -> None:
    assert "train_generator" in changed(edited, "settings/params.py", "rank: Positive = 16", "rank: Positive = 32")


def test_a_new_limit_of_a_guard_runs_the_stages_that_read_guards(edited: Path) -> None:
    told = changed(edited, "settings/limits.py", "class Guard:\n", "class Guard:\n    new_limit: int = 3\n")
    assert "validate" in told


def test_another_exit_code_of_an_error_counts(edited: Path) -> None:
    assert "train_generator" in changed(edited, "core/errors.py", "exit_code: ClassVar[int] = 1", "exit_code = 4")


def test_computing_packages_belong_to_the_digest_of_the_stages_that_compute() -> None:
    assert "torch" in code.reached(ROOT / "pipelines" / "train_generator.py")[1]
    assert "torch" not in code.reached(ROOT / "pipelines" / "snapshot.py")[1]


def test_the_digest_is_written_again_when_its_file_was_deleted_or_edited(tmp_path: Path) -> None:
    with_entry_points(tmp_path)
    run = [sys.executable, "-P", "pipelines/code.py"]
    subprocess.run(run, cwd=tmp_path, check=True)
    written = (tmp_path / "build" / "code.yaml").read_bytes()
    (tmp_path / "build" / "code.yaml").write_text("train_generator: 'edited'\n")
    subprocess.run(run, cwd=tmp_path, check=True)
    assert (tmp_path / "build" / "code.yaml").read_bytes() == written


def test_the_graph_is_the_one_of_the_design() -> None:
    made = {
        out if isinstance(out, str) else next(iter(out)): name
        for name, s in STAGES.items()
        for out in (*s.get("outs", []), *s.get("metrics", []))
    }
    edges = {(made[dep], name) for name, s in STAGES.items() for dep in s.get("deps", []) if dep in made}
    chain = [
        ("snapshot", "validate"),
        ("validate", "chunk"),
        ("chunk", "index"),
        ("index", "examples"),
        ("examples", "train_generator"),
    ]
    assert edges.issuperset(chain)
    assert {("train_generator", "evaluate"), ("train_retriever", "evaluate"), ("pairs", "train_retriever")} <= edges
    assert {("chunk", "pairs"), ("index", "pairs"), ("lineage", "examples")} <= edges
