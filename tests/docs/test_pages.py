"""What a page of the docs shows exists: commands, options, keys, benchmarks, words."""

import ast
import inspect
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from pointsman import Workspace
from pointsman.cli import app
from pointsman.core.policy.holds import HOLDS
from tests.docs.pages import DOCS, ROOT, commands, keys, pages, prose, words_after_pointsman

BEFORE = {option for parameter in get_command(app).params for option in parameter.opts}
"""Options that stand before the command."""
PARAMS = (DOCS / "reference" / "params.md").read_text(encoding="utf-8")
GLOSSARY = (DOCS / "reference" / "glossary.md").read_text(encoding="utf-8")
SIGNALS = set(re.findall(r"`([a-z_0-9]+(?:\.[a-z_0-9]+)+)`", GLOSSARY)) - {"params.yaml"}
HAND_WRITTEN = [page for page in pages() if page.name not in {"cli.md", "params.md", "messages.md"}]


def options_of(command: Any) -> dict[str, bool]:
    """Return the options of a command, and whether each takes a value."""
    return {
        name: not (parameter.is_flag or parameter.count)
        for parameter in command.params
        if any(opt.startswith("-") for opt in parameter.opts)
        for name in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help": False, "-h": False}


def wrong(words: list[str]) -> list[str]:
    """Return what is wrong with a command line: an unknown command or an unknown option."""
    while words and words[0] in BEFORE | {"-h", "--help"}:
        words = words[1:]
    if not words:
        return []
    name, *rest = words
    command = get_command(app).commands.get(name)
    if command is None:
        return [f"no command {name!r}"]
    known = options_of(command)
    return [f"pointsman {name} has no option {word}" for word in rest if word.startswith("-") and word not in known]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_on_a_page_exists_with_its_options(page: Path) -> None:
    assert [fault for words in words_after_pointsman(page) for fault in wrong(words)] == []


def test_an_unknown_command_and_an_unknown_option_are_seen() -> None:
    assert wrong(["frobnicate"]) == ["no command 'frobnicate'"]
    assert wrong(["plan", "--yess"]) == ["pointsman plan has no option --yess"]
    assert wrong(["plan", "--json"]) == []


def test_the_pages_show_many_commands() -> None:
    assert sum(len(list(words_after_pointsman(page))) for page in pages()) >= 100


def test_every_key_of_params_yaml_that_a_page_names_exists() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    known = set(keys(params)) | set(re.findall(r"^\| `([a-z_.]+)` \|", PARAMS, re.MULTILINE)) | set(HOLDS)
    known |= {key.rsplit(".", 1)[0] for key in known} | SIGNALS
    sections = "|".join(params)
    missing = {
        (page.name, key)
        for page in HAND_WRITTEN
        for key in re.findall(rf"`((?:{sections})\.[a-z_.]+)", prose(page))
        if key.rstrip(".") not in known and not key.endswith((".md", ".py", ".yaml"))
    }
    assert missing == set()


def test_every_benchmark_that_a_page_names_exists() -> None:
    named = {
        name
        for page in pages()
        for name in re.findall(r"python -m (bench(?:\.\w+)+)", page.read_text(encoding="utf-8"))
    }
    assert len(named) >= 15
    assert [name for name in named if find_spec(name) is None] == []


def test_the_page_of_benchmarks_names_every_benchmark() -> None:
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    programs = {
        f"bench.{path.parent.name}.{path.stem}"
        for path in (ROOT / "bench").glob("*/*.py")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8") and path.parent.name != "peers"
    }
    programs = {name.removesuffix(".__main__") for name in programs}
    assert len(programs) >= 15
    assert [name for name in sorted(programs) if f"python -m {name}" not in page] == []


def test_every_file_of_the_code_that_a_decision_names_exists() -> None:
    named = {
        (page.name, path)
        for page in [*(DOCS / "adr").glob("*.md"), *(DOCS / "explanation").glob("*.md")]
        for path in re.findall(r"`((?:src/pointsman|core|steps|adapters|tests|bench|docs)/[\w/]+\.py)`", prose(page))
    }
    assert len(named) >= 15
    assert [
        (name, path)
        for name, path in sorted(named)
        if not ((ROOT / path).exists() or (ROOT / "src/pointsman" / path).exists())
    ] == []


def test_every_decision_is_listed_and_numbered_without_a_gap() -> None:
    files = sorted(path.name for path in (DOCS / "adr").glob("0*.md"))
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    listed = re.findall(r"\]\((0\d+-[\w-]+\.md)\)", (DOCS / "adr" / "index.md").read_text(encoding="utf-8"))
    assert listed == files
    for name in files:
        title = (DOCS / "adr" / name).read_text(encoding="utf-8").split("\n")[0]
        assert title.startswith(f"# {int(name[:4])}. "), name


def test_the_glossary_explains_every_signal() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for layer in ("core", "steps")
        for path in (ROOT / "src" / "pointsman" / layer).rglob("*.py")
    )
    families = "residual|probes|migration|drift|edits|examples"
    signals = set(re.findall(rf"[\"'`]((?:{families})\.[a-z_]+(?:\.[a-z_]+)?)[\"'`]", source)) - {
        "examples.path", "examples.schema", "probes.path", "examples.since_refused",
    }  # fmt: skip
    assert len(signals) >= 20
    assert [name for name in sorted(signals) if f"`{name}`" not in GLOSSARY] == []


OLD_WORDS = r"\b(desk|shelf|situation|exam|exams|posed|owed|owing|lacking|borne|recited|glance|affording|point-days?)\b"


def test_the_pages_use_the_words_of_the_design() -> None:
    found = {
        (page.name, word)
        for page in HAND_WRITTEN
        for word in re.findall(OLD_WORDS, re.sub(r"`[^`]*`", "", prose(page)))
    }
    assert found == set()


def test_commands_of_the_tutorial_are_many_and_one_is_held() -> None:
    listed = list(commands(DOCS / "tutorial.md"))
    assert len(listed) >= 20
    assert [command.exit_code for command in listed].count(3) == 1


def test_the_python_page_calls_methods_that_exist() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "howto" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    calls = [node for block in blocks for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
    used = [
        call for call in calls if isinstance(call.func, ast.Attribute) and "orkspace" in ast.unparse(call.func.value)
    ]
    assert len(used) >= 8
    for call in used:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "as_json":
            continue
        method = getattr(Workspace, name)
        inspect.signature(method).bind_partial(
            *(["x"] * (len(call.args) + (not inspect.ismethod(method)))),
            **{each.arg: 0 for each in call.keywords if each.arg},
        )
