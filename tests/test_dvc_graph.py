"""dvc does not follow Python imports: every stage must name the code it runs, all of it and nothing else."""

import pytest
import yaml

from infra.stage_code import ROOT, closure

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_exactly_the_code_it_runs(stage: str) -> None:
    declared = {dep for dep in STAGES[stage]["deps"] if dep.endswith(".py")}
    assert declared == closure(stage), "run `make stages`"


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
