"""Errors: each has a code of its own, and a way out."""

import ast
import re
from pathlib import Path

import pytest

from pointsman.core import errors
from pointsman.core.errors import ModelMissing, PointsmanError, StoreMoved, UnknownRelease, UsageError

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, PointsmanError)]

GIVEN = {
    "PointsmanError": "PM-E01", "UsageError": "PM-E02", "UnknownRelease": "PM-E03", "OnHold": "PM-E04",
    "Unreadable": "PM-E05", "StoreMoved": "PM-E06", "ListingFailed": "PM-E07", "LedgerConflict": "PM-E08",
    "ModelMismatch": "PM-E09", "ModelMissing": "PM-E10", "IndexBusy": "PM-E11", "IndexDamaged": "PM-E12",
    "TrainingDiverged": "PM-E13", "ModelSpoiled": "PM-E14", "BuildFailed": "PM-E15",
    "ServerUnusable": "PM-E16", "TrainingStopped": "PM-E17",
}  # fmt: skip
"""Codes that people may have noted: a line may be added here, none may change."""


def subclasses(kind: type[PointsmanError]) -> set[type[PointsmanError]]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


def test_a_code_never_changes() -> None:
    assert {kind.__name__: kind.code for kind in KINDS} == GIVEN


def test_every_error_class_says_its_own_code_title_and_way_out() -> None:
    ours = {kind for kind in subclasses(PointsmanError) if kind.__module__.startswith("pointsman.")}
    assert set(KINDS) == ours, "an error class outside core/errors.py has no code"
    for kind in KINDS:
        assert re.fullmatch(r"PM-E\d\d", kind.__dict__["code"])
        assert kind.__dict__["title"][0].isupper()
        assert not kind.__dict__["title"].endswith(".")
        assert kind.__dict__["way_out"].endswith(".")
        assert kind.__doc__
    assert len({kind.code for kind in KINDS}) == len({kind.title for kind in KINDS}) == len(KINDS)


def test_the_table_at_the_top_of_the_module_is_right() -> None:
    found = re.findall(r"(\w+) +(PM-E\d\d) +exit (\d)", errors.__doc__ or "")
    assert sorted(found) == sorted((kind.__name__, kind.code, str(kind.exit_code)) for kind in KINDS)


def test_commands_and_settings_in_a_way_out_exist() -> None:
    source = Path(errors.__file__).parents[1] / "cli"
    commands = {
        found for path in source.glob("*.py") for found in re.findall(r"def (\w+)\(", path.read_text(encoding="utf-8"))
    }
    for kind in KINDS:
        for command in re.findall(r"`pointsman (\w+)", kind.way_out):
            assert command in commands, kind.way_out


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_reads_as_its_message_and_knows_its_code(kind: type[PointsmanError]) -> None:
    error = kind("3 of 4 are wrong; do this")
    assert (str(error), error.code) == ("3 of 4 are wrong; do this", GIVEN[kind.__name__])


def test_documents_that_moved_are_named() -> None:
    assert StoreMoved("moved", ("a.md",)).documents == ("a.md",)
    assert StoreMoved("moved").documents == ()
    assert (UsageError.exit_code, StoreMoved.exit_code) == (2, 1)


def test_errors_import_nothing_heavy() -> None:
    tree = ast.parse(Path(errors.__file__).read_text(encoding="utf-8"))
    modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert modules == {"typing"}
    assert not any(isinstance(n, ast.Import) for n in ast.walk(tree))


def test_a_wrong_usage_has_a_way_out_of_its_own() -> None:
    given = UsageError("nothing is live yet", way_out="run `pointsman refresh`")
    assert (str(given), given.way_out) == ("nothing is live yet; run `pointsman refresh`", "run `pointsman refresh`")
    lines = UsageError("params.yaml cannot be used:\n  a: is 1; b: is 2", way_out="correct it")
    assert (str(lines), lines.way_out) == ("params.yaml cannot be used:\n  a: is 1; b: is 2", "correct it")


def test_the_end_of_a_message_is_its_way_out_where_none_is_given() -> None:
    assert UsageError("3 of 4 are wrong; two of them long; do this").way_out == "do this"
    for message in ("3 of 4 are wrong", "wrong: a; b\n  and c"):
        assert UsageError(message).way_out == UsageError.__dict__["way_out"]
    assert ModelMissing("no model 'x'; name a folder").way_out == "name a folder"
    assert UnknownRelease("release 'x' is unknown; there are 3").way_out == UnknownRelease.__dict__["way_out"]


def test_a_missing_model_says_its_own_way_out() -> None:
    assert ModelMissing("package x is missing; run `pip install x`").way_out == "run `pip install x`"
    assert ModelMissing("it is missing").way_out == ModelMissing.way_out
