"""The commands in the docs do what the pages say: the tutorial in an empty folder, others in a workspace."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, Command, commands
from tests.e2e.conftest import POINTSMAN, Place

PATH = f"{Path(POINTSMAN).parent}{os.pathsep}{os.environ['PATH']}"


def run(command: Command, folder: Path) -> str:
    """Run a command as a reader would type it and return what it printed; it must exit as the page says."""
    done = subprocess.run(
        ["bash", "-c", command.text],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": PATH, "COLUMNS": "100"},
    )
    assert done.returncode == command.exit_code, f"{command.text}\n{done.stdout}\n{done.stderr[-3000:]}"
    return done.stdout


def test_the_tutorial_from_an_empty_folder(tmp_path: Path) -> None:
    said = [(command.text, run(command, tmp_path)) for command in commands(DOCS / "tutorial.md")]
    searched = [text for command, text in said if "search" in command and "yard" in command]
    hours = [re.findall(r"\b2[23]:00\b", text)[0] for text in searched]
    assert hours == ["22:00", "23:00", "22:00", "23:00"], "found, changed, rolled back, approved"
    overtime = [("overtime.md" in text) for command, text in said if "overtime?" in command]
    assert overtime == [False, True], "only the group staff finds it"
    decisions = [text for command, text in said if command in {"pointsman plan", "pointsman refresh"}]
    assert "rebuild" in decisions[0]
    assert "update" in decisions[2]


QUIET = ("howto/access.md", "howto/repair.md", "howto/migrations.md", "howto/upgrading.md", "howto/formats.md")
"""Pages whose commands need nothing but a workspace."""
NEEDS_MORE = re.compile(
    r"^(pip|git|export|make|jq)\b|rollback \w|show (guide/hours|pay/bands)|backtest|watch|pointsman ui"
)
"""Commands that need a network, a server, or an id that only the reader knows."""


@pytest.mark.parametrize("name", QUIET)
def test_the_commands_of_a_how_to_page_run(place: Place, name: str) -> None:
    listed = [command for command in commands(DOCS / name) if not NEEDS_MORE.search(command.text)]
    assert listed
    for command in listed:
        if command.text.startswith("pointsman rollback"):
            continue  # there is one release only
        run(command, place.root)


def test_every_key_of_the_json_output_is_documented(place: Place) -> None:
    page = (DOCS / "reference" / "contracts.md").read_text(encoding="utf-8")
    printed = [
        place.json("plan"),
        place.json("refresh"),
        place.json("status"),
        place.json("search", "When does the yard close?"),
        place.json("ask", "When does the yard close?"),
    ]
    for value in printed:
        rows = [
            value,
            *value.get("hits", ())[:1],
            value.get("decision", {}),
            value.get("work", {}),
            value.get("cost", {}),
        ]
        assert [key for row in rows for key in row if f'"{key}"' not in page and f"`{key}`" not in page] == []
