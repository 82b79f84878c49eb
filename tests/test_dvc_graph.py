"""dvc does not follow Python imports: every stage must name the code it runs, all of it and nothing else."""

import ast
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def source_of(module: str) -> Path | None:
    """Return the file of a first-party module, or None."""
    for base in (ROOT / "src", ROOT):
        path = base.joinpath(*module.split("."))
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file() and candidate.is_relative_to(base):
                return candidate
    return None


@cache
def imported_by(path: Path) -> frozenset[Path]:
    """Return the first-party files that a file imports, at its top or inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {
            source for name in names if name.split(".")[0] in {"pointsman", "pipelines"} and (source := source_of(name))
        }
    return frozenset(found)


def closure(stage: str) -> set[str]:
    """Return every first-party file that running a stage may execute, empty packages left out."""
    todo, seen = [ROOT / "pipelines" / f"{stage}.py"], set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += imported_by(path)
    return {str(path.relative_to(ROOT)) for path in seen if path.name != "__init__.py"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_exactly_the_code_it_runs(stage: str) -> None:
    declared = {dep for dep in STAGES[stage]["deps"] if dep.endswith(".py")}
    assert declared == closure(stage)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_its_own_file(stage: str) -> None:
    assert STAGES[stage]["cmd"] == f"python -m pipelines.{stage}"


def test_the_graph_is_the_one_of_the_design() -> None:
    made = {
        out if isinstance(out, str) else next(iter(out)): name
        for name, s in STAGES.items()
        for out in (*s.get("outs", []), *s.get("metrics", []))
    }
    edges = {(made[dep], name) for name, s in STAGES.items() for dep in s["deps"] if dep in made}
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
