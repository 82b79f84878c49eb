"""An error is one line on stderr with its code, or one JSON object on stdout; the exit code says the kind."""

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.exceptions import TyperException
from typer.main import get_command

from pointsman import __version__
from pointsman.cli import _sorted_out, app
from pointsman.cli.errors import failure_of, wants_json
from pointsman.core.errors import ListingFailed, OnHold, PointsmanError, UsageError


@pytest.mark.parametrize("kind", [PointsmanError, UsageError, OnHold, ListingFailed])
def test_an_error_of_pointsman_has_its_code_way_out_and_exit_code(kind: type[PointsmanError]) -> None:
    found = failure_of(kind("release 3fa9c1d2e4b5a697 is gone"))
    assert (found.code, found.way_out, found.exit_code) == (kind.code, kind.way_out, kind.exit_code)
    assert found.message == "release 3fa9c1d2 is gone"


@pytest.mark.parametrize(
    ("error", "way_out"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "free some space"),
        (PermissionError(errno.EACCES, "Permission denied", "/x/y"), "change the permissions"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "start the server"),
        (sqlite3.OperationalError("database or disk is full"), "free some space"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "run the command again"),
    ],
)
def test_what_the_system_refuses_is_said_with_a_way_out(error: Exception, way_out: str) -> None:
    found = failure_of(error)
    assert (found.code, found.exit_code) == ("PM-S01", 1)
    assert found.way_out.startswith(way_out)


def test_a_refusal_below_another_error_is_found() -> None:
    error = RuntimeError("flow failed")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device", "/x/y")
    found = failure_of(error)
    assert (found.code, found.message) == ("PM-S01", "/x/y: No space left on device")


def test_a_fault_of_ours_asks_for_a_report() -> None:
    found = failure_of(KeyError("x"))
    assert (found.code, found.exit_code, found.message) == ("PM-S02", 1, "KeyError: 'x'")
    assert "--debug" in found.way_out


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (KeyboardInterrupt("refresh", signal.SIGTERM), 143), (typer.Abort(), 1)],
)
def test_an_interrupt_and_a_no_have_exit_codes(error: BaseException, code: int) -> None:
    assert failure_of(error).exit_code == code


@pytest.mark.parametrize("words", [["nosuch"], ["refresh", "--nosuch"], ["search"], ["search", "x", "--top-k", "0"]])
def test_a_wrong_command_line_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(TyperException) as caught:
        get_command(app).main(args=words, standalone_mode=False)
    found = failure_of(caught.value)
    assert (found.code, found.exit_code) == ("PM-E02", 2)
    assert found.way_out.endswith("-h")


@pytest.mark.parametrize(
    ("command", "way_out"),
    [("refresh", "run refresh again"), ("watch", "run watch again"), ("search", "run the command again")],
)
def test_an_interrupt_says_how_to_go_on(command: str, way_out: str) -> None:
    assert failure_of(KeyboardInterrupt(command)).message == f"interrupted; {way_out}"
    assert failure_of(KeyboardInterrupt(command, signal.SIGTERM)).message == f"ended by SIGTERM; {way_out}"


def test_json_is_wanted_only_before_a_double_dash() -> None:
    assert wants_json(["search", "x", "--json"])
    assert not wants_json(["search", "--", "--json"])


def test_options_of_every_command_may_stand_anywhere() -> None:
    assert _sorted_out(["refresh", "--log-json", "--yes"]) == (["refresh", "--yes"], ["--log-json"])
    assert _sorted_out(["search", "--", "--debug"]) == (["search", "--", "--debug"], [])


def ran(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pointsman.cli", *words],
        cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_a_folder_that_is_no_workspace_says_so_in_one_line_or_as_json(tmp_path: Path) -> None:
    plain, as_json = ran(tmp_path, "status"), ran(tmp_path, "status", "--json")
    assert (plain.returncode, plain.stdout, len(plain.stderr.splitlines())) == (2, "", 1)
    assert plain.stderr.startswith("pointsman: PM-E02: no params.yaml in ")
    assert (as_json.returncode, as_json.stderr) == (2, "")
    error = json.loads(as_json.stdout)["error"]
    assert set(error) == {"code", "message", "way_out"}
    assert error["way_out"] == "change to a workspace, or make one with `pointsman init`"


def test_the_dashboard_of_a_folder_that_is_no_workspace_names_what_is_missing(tmp_path: Path) -> None:
    found = ran(tmp_path, "ui", "--workspace", str(tmp_path / "docs"))
    assert (found.returncode, found.stdout, len(found.stderr.splitlines())) == (2, "", 1)
    assert found.stderr.startswith(f"pointsman: PM-E02: no params.yaml in {tmp_path / 'docs'}; ")


def test_wrong_keys_are_listed_and_the_way_out_comes_once(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("sead: 4\n")
    plain, as_json = ran(tmp_path, "status"), ran(tmp_path, "status", "--json")
    way_out = json.loads(as_json.stdout)["error"]["way_out"]
    assert way_out == f"correct {tmp_path / 'params.yaml'}, then run the command again"
    assert (plain.stderr.count(way_out), plain.stderr.splitlines()[-1]) == (1, way_out)


def test_a_refusal_of_the_system_is_one_line_and_debug_adds_the_traceback(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").mkdir()
    done = ran(tmp_path, "status")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("pointsman: PM-S01: ")
    assert "Is a directory" in done.stderr
    assert "Traceback" in ran(tmp_path, "status", "--debug").stderr


def test_logs_are_json_lines_by_option_and_by_environment(tmp_path: Path) -> None:
    for done in (ran(tmp_path, "status", "--log-json"), ran(tmp_path, "status", POINTSMAN_LOG_JSON="1")):
        [line] = [json.loads(line) for line in done.stderr.splitlines()]
        assert (line["level"], line["code"], done.returncode) == ("error", "PM-E02", 2)
        assert set(line) >= {"time", "message", "logger"}
    assert not ran(tmp_path, "status", POINTSMAN_LOG_JSON="0").stderr.startswith("{")


def test_the_version_is_printed(tmp_path: Path) -> None:
    assert ran(tmp_path, "--version").stdout == f"pointsman {__version__}\n"
    assert ran(tmp_path).returncode == 2, "no command: the help, and the code of a wrong command line"


def test_the_shell_completes_commands_and_options(tmp_path: Path) -> None:
    for typed, offered in (("pointsman ref", "refresh"), ("pointsman quarantine --w", "--why")):
        asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_POINTSMAN_COMPLETE": "complete_bash"}
        done = subprocess.run(
            [str(Path(sys.executable).parent / "pointsman")],
            cwd=tmp_path, capture_output=True, text=True, check=True, env={**os.environ, **asked},
        )  # fmt: skip
        assert done.stdout.split() == [offered]
