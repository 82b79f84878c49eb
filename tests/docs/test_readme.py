"""The README is true: every params key is explained, every command exists."""

import re
from pathlib import Path

import yaml
from typer.main import get_command

from pointsman.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def keys(value: object, before: str = "") -> list[str]:
    if not isinstance(value, dict):
        return [before]
    return [key for name, item in value.items() for key in keys(item, f"{before}.{name}" if before else name)]


def test_every_params_key_is_explained() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    missing = [key for key in keys(params) if f"`{key}`" not in README]
    assert missing == []


def test_no_key_is_explained_that_does_not_exist() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    table = README.split("## params.yaml")[1].split("## Servers")[0]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([a-z_.]+)`", row.split("|")[1])
    }
    assert named == set(keys(params))


def test_every_command_is_listed_and_every_listed_command_exists() -> None:
    commands = set(get_command(app).commands)
    table = README.split("## Commands")[1].split("## params.yaml")[0]
    listed = set(re.findall(r"`pointsman ([a-z]+)", table))
    assert listed == commands


def test_every_command_has_examples_in_its_help() -> None:
    for name, command in get_command(app).commands.items():
        assert "Examples:" in (command.help or ""), name


def test_every_linked_file_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target
