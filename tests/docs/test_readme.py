"""The README is short and true: its commands, links and folders exist."""

import re
from importlib.util import find_spec

from typer.main import get_command

from pointsman.cli import app
from tests.docs.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LONGEST = 150


def test_it_has_at_most_150_lines() -> None:
    assert len(README.splitlines()) <= LONGEST


def test_every_linked_file_exists() -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", README)
    assert len(targets) >= 20
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_every_make_target_that_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"\bmake ([a-z-]+)\b", README))
    assert {"setup", "demo", "test", "check", "docs"} <= named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_every_benchmark_that_it_names_exists() -> None:
    named = set(re.findall(r"python -m (bench[\w.]+)", README))
    assert len(named) >= 6
    assert [name for name in named if find_spec(name) is None] == []


def test_the_picture_is_drawn_for_light_and_dark_and_fetches_nothing() -> None:
    picture = (ROOT / "docs" / "images" / "overview.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in picture
    assert "<title" in picture
    assert not re.findall(r"(?:href|src|url)\W+https?:", picture)


def test_every_command_has_examples_in_its_help() -> None:
    for name, command in get_command(app).commands.items():
        assert "Examples:" in (command.help or ""), name
