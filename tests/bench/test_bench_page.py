"""bench/README.md names every bench by its command, and every result belongs to a bench."""

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
PAGE = (BENCH / "README.md").read_text(encoding="utf-8")
GROUPS = ("scenarios", "finetuning", "speed", "quality", "robustness", "peers")
PEERS = {"langchain_index", "llama_index_pipeline", "trl_sft", "st_trainer"}
"""Scripts that ``peers.compare`` and ``speed.training`` run in the peers' environment."""


def commands() -> list[str]:
    files = [file for group in GROUPS for file in (BENCH / group).rglob("*.py") if ".venv" not in file.parts]
    runnable = [file for file in files if 'if __name__ == "__main__"' in file.read_text(encoding="utf-8")]
    names = [file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for file in runnable]
    return sorted(name.removesuffix(".__main__") for name in names if name.rpartition(".")[2] not in PEERS)


@pytest.mark.parametrize("command", commands())
def test_every_bench_is_on_the_page(command: str) -> None:
    assert f"python -m {command}" in PAGE


@pytest.mark.parametrize("command", commands())
def test_every_bench_says_how_it_is_run(command: str) -> None:
    """It can be imported after every change of the product, and its help begins with its own command."""
    package = (BENCH.parent / command.replace(".", "/")).is_dir()
    module = importlib.import_module(f"{command}.__main__" if package else command)
    assert f"python -m {command}" in (module.__doc__ or "")


def test_every_command_on_the_page_is_a_bench() -> None:
    named = set(re.findall(r"python -m (bench[.\w]+)", PAGE))
    assert named == set(commands())
    assert all(importlib.util.find_spec(name) for name in named)


def test_every_result_has_the_name_of_its_bench() -> None:
    names = {command.rpartition(".")[2] for command in commands()} | {"peers"}
    for result in (BENCH / "results").iterdir():
        assert result.stem.partition("-")[0] in names, f"no bench writes {result.name}"


def test_no_folder_of_the_benches_has_more_than_fifteen_modules() -> None:
    folders = {file.parent for file in BENCH.rglob("*.py") if ".venv" not in file.parts}
    assert {folder.name: n for folder in folders if (n := len(list(folder.glob("*.py")))) > 15} == {}
