"""init: what it writes, that it never overwrites, and that bad input is a clear error with nothing written."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml

from pointsman import bootstrap
from pointsman.bootstrap import init_report
from pointsman.bootstrap.init import init_workspace
from pointsman.bootstrap.template import Choices, rendered, sources
from pointsman.cli.init import _lines
from pointsman.settings.params import Params, parse_params
from pointsman.settings.workspace import WorkspaceFolder

ROOT = Path(__file__).parents[2]
OWN = ("flows", "pipelines", "infra", "dvc.yaml", "params.yaml", ".dvc", ".dvcignore")
"""What this repository has of a workspace."""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def keys(kind: Any) -> dict[str, Any]:
    """The keys of params.yaml below a dataclass, nested as there."""
    found = {}
    for field in fields(kind):
        inner = next(
            (each for each in (field.type, *get_args(field.type)) if isinstance(each, type) and is_dataclass(each)),
            None,
        )
        chosen = type(None) in get_args(field.type) or get_origin(field.type) is Mapping  # a person names its keys
        found[field.name] = keys(inner) if inner is not None and not chosen else None
    return found


def nested(value: Any, like: dict[str, Any]) -> dict[str, Any]:
    return {key: nested(value[key], like[key]) if isinstance(like.get(key), dict) else None for key in value}


def test_this_repository_is_what_init_writes(tmp_path: Path) -> None:
    choices = Choices(store="sample/documents", examples="sample/examples", probes="sample/probes")
    texts = {path: text for path, text in rendered(choices).items() if path.startswith(OWN)}
    assert {path.split("/")[0] for path in texts} == set(OWN)
    for path, text in texts.items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path} differs; run `make template`"
    for folder in ("flows", "pipelines", "infra"):
        there = {path for path in contents(ROOT / folder) if "__pycache__" not in path}
        assert there == {path.removeprefix(f"{folder}/") for path in texts if path.startswith(f"{folder}/")}


def test_an_empty_folder_becomes_a_workspace(tmp_path: Path) -> None:
    report = init_workspace(tmp_path / "new" / "workspace", store="./docs/")
    root = tmp_path / "new" / "workspace"
    assert report.workspace == str(root)
    assert (report.equal, report.edited, report.differs) == ((), (), ())
    assert set(contents(root)) == {*report.written, str(init_report.RECORD)}
    assert {"params.yaml", "dvc.yaml", ".gitignore", ".dvcignore", ".dvc/config", ".dvc/.gitignore"} <= set(
        report.written
    )
    assert {"examples/README.md", "probes/README.md", "flows/refresh.py", "infra/serve.py"} <= set(report.written)
    params = WorkspaceFolder(root).params()
    assert (params.store.url, params.examples.path, params.probes.path) == ("docs", "examples", "probes")


def test_params_yaml_has_every_key_with_its_default(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    raw = yaml.safe_load((tmp_path / "params.yaml").read_text(encoding="utf-8"))
    assert nested(raw, keys(Params)) == keys(Params)
    needed = {"store": {"url": "documents"}, "examples": {"path": "examples"}, "probes": {"path": "probes"}}
    models = {role: {"model": raw[role]["model"]} for role in ("retriever", "generator")}
    assert parse_params(raw) == parse_params(needed | models)


def test_every_limit_in_params_yaml_has_a_comment_in_one_column(tmp_path: Path) -> None:
    init_workspace(tmp_path, store="a/rather/long/path/to/the/documents", examples="e", probes="p")
    lines = (tmp_path / "params.yaml").read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if re.match(r" *\w+: ", line) and "#" not in line and not line.endswith("}")]
    assert [line.split(":")[0].strip() for line in bare] == ["include", "model"]
    columns = {line.index("#") for line in lines if "#" in line and not line.startswith(("#", "  url"))}
    assert columns == {35}
    assert "  url: a/rather/long/path/to/the/documents  # folder" in "\n".join(lines)


@pytest.mark.parametrize("url", ["s3://bucket/wiki", "git+file:///repo@main:docs", "a: b", "#docs", "'x'", "docs é"])
def test_any_store_is_spelled_so_that_yaml_reads_it_back(tmp_path: Path, url: str) -> None:
    init_workspace(tmp_path, store=url)
    assert WorkspaceFolder(tmp_path).params().store.url == url


@pytest.mark.parametrize(
    ("store", "ignored"),
    [
        ("docs", "/docs/"),
        ("a/b", "/a/b/"),
        ("s3://bucket/docs", None),
        ("/srv/docs", None),
        ("../docs", None),
        (".", None),
        ("data", None),  # the examples lie in it, and DVC has to see these
    ],
)
def test_dvc_does_not_walk_a_store_inside_the_workspace(tmp_path: Path, store: str, ignored: str | None) -> None:
    init_workspace(tmp_path, store=store, examples="data/examples")
    lines = (tmp_path / ".dvcignore").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [".*/", *([ignored] if ignored else [])]


def test_dvc_is_told_when_there_is_no_git(tmp_path: Path) -> None:
    init_workspace(tmp_path / "alone")
    assert "no_scm = true" in (tmp_path / "alone" / ".dvc" / "config").read_text()
    (tmp_path / "cloned" / ".git").mkdir(parents=True)
    init_workspace(tmp_path / "cloned" / "wiki")
    assert "no_scm" not in (tmp_path / "cloned" / "wiki" / ".dvc" / "config").read_text()


def test_a_second_init_writes_nothing_and_keeps_the_store(tmp_path: Path) -> None:
    first = init_workspace(tmp_path, store="docs", examples="lessons")
    before = contents(tmp_path)
    second = init_workspace(tmp_path)
    assert (second.written, second.equal, second.edited, second.differs) == ((), first.written, (), ())
    assert contents(tmp_path) == before
    third = init_workspace(tmp_path, store="elsewhere")
    assert contents(tmp_path) == before
    assert "says store.url: docs; elsewhere was not written into it" in third.warnings[0]


def test_an_edited_file_is_left_alone_and_a_missing_one_is_written(tmp_path: Path) -> None:
    init_workspace(tmp_path, store="docs")
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("top_k: 5 ", "top_k: 7 "))
    (tmp_path / "flows" / "refresh.py").unlink()
    before = params.read_bytes()
    report = init_workspace(tmp_path)
    assert report.written == ("flows/refresh.py",)
    assert [(each.path, each.edited) for each in report.edited] == [("params.yaml", True)]
    assert "-  top_k: 7 " in report.edited[0].diff
    assert "+  top_k: 5 " in report.edited[0].diff
    assert report.differs == ()
    assert params.read_bytes() == before


def newer_sources(choices: Choices) -> dict[str, str]:
    """The template of a later version: every file has a line more."""
    return {path: f"{text.rstrip()}\n# new\n" for path, text in sources(choices).items()}


def test_after_an_upgrade_init_says_what_differs_and_who_changed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_workspace(tmp_path, store="docs")
    mine = tmp_path / "infra" / "serve.py"
    mine.write_text(mine.read_text() + "# ours\n")
    monkeypatch.setattr(bootstrap.init, "sources", newer_sources)
    before = contents(tmp_path)
    report = init_workspace(tmp_path)
    who = {each.path: each.edited for each in report.differs}
    assert (who["infra/serve.py"], who["dvc.yaml"]) == (True, False)
    assert "+# new" in next(each.diff for each in report.differs if each.path == "dvc.yaml")
    assert (report.written, report.edited) == ((), ())
    assert {path: raw for path, raw in contents(tmp_path).items() if path != str(init_report.RECORD)} == {
        path: raw for path, raw in before.items() if path != str(init_report.RECORD)
    }


def test_the_same_version_has_nothing_new_when_the_store_is_edited(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("url: documents ", "url: a/long/path/to/docs "))
    report = init_workspace(tmp_path)
    assert (report.written, report.differs) == ((), ())
    assert [(each.path, each.edited) for each in report.edited] == [("params.yaml", True)]
    assert [(each.path, each.edited) for each in report.other_values] == [(".dvcignore", False)]
    assert ".dvcignore was left alone; add to it: /a/long/path/to/docs/" in report.warnings
    (tmp_path / ".dvcignore").write_text((tmp_path / ".dvcignore").read_text() + "/a/long/path/to/docs/\n")
    after = init_workspace(tmp_path)
    assert (after.other_values, after.differs) == ((), ())
    assert not [warning for warning in after.warnings if ".dvcignore" in warning]


def test_the_same_version_has_nothing_new_when_git_comes_later(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    (tmp_path / ".git").mkdir()
    report = init_workspace(tmp_path)
    assert report.differs == ()
    assert [each.path for each in report.other_values] == [".dvc/config"]


def test_an_edited_ignore_file_lacks_only_the_lines_that_params_yaml_asks_for(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    ignore, params = tmp_path / ".dvcignore", tmp_path / "params.yaml"
    ignore.write_text("/notes/\n")
    params.write_text(params.read_text().replace("url: documents ", "url: docs "))
    report = init_workspace(tmp_path)
    assert report.differs == ()
    assert ".dvcignore was left alone; add to it: /docs/" in report.warnings


def test_a_newer_version_has_something_new_also_when_the_store_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    init_workspace(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("url: documents ", "url: docs "))
    monkeypatch.setattr(bootstrap.init, "sources", newer_sources)
    report = init_workspace(tmp_path)
    assert (report.edited, report.other_values) == ((), ())
    assert {"params.yaml", ".dvc/config", "dvc.yaml"} <= {each.path for each in report.differs}


@pytest.mark.parametrize("record", ["no JSON", "[]", '{"files": 1}', '{"files": {"dvc.yaml": "x"}}'])
def test_no_line_for_people_advises_to_remove_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    init_workspace(tmp_path)
    (tmp_path / "infra" / "serve.py").write_text("# ours\n")
    lines = [*_lines(init_workspace(tmp_path), diff=False)]
    monkeypatch.setattr(bootstrap.init, "sources", newer_sources)
    lines += _lines(init_workspace(tmp_path), diff=False)
    assert "  differs     dvc.yaml, left alone: this version has something new; you did not edit yours" in lines
    assert "compare: pointsman init --diff" in lines
    (tmp_path / init_report.RECORD).write_text(record)
    lines += _lines(init_workspace(tmp_path), diff=False)
    assert "  differs     dvc.yaml, left alone: it was not written by init, or the record of it is gone" in lines
    assert not [line for line in lines if "remove" in line or "delete" in line]


def test_without_its_record_init_says_that_it_does_not_know_who_edited(tmp_path: Path) -> None:
    init_workspace(tmp_path, store="docs")
    (tmp_path / init_report.RECORD).write_text("no JSON")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    report = init_workspace(tmp_path)
    assert [(each.path, each.edited) for each in report.differs] == [("dvc.yaml", None)]


def test_a_gitignore_of_the_projects_own_gets_advice_until_it_has_the_lines(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("node_modules/\n")
    report = init_workspace(tmp_path)
    assert ".gitignore was there before; add to it: .pointsman/  build/" in report.warnings[1]
    (tmp_path / ".gitignore").write_text("node_modules/\n" + rendered(Choices())[".gitignore"])
    report = init_workspace(tmp_path)
    assert ".gitignore" in report.equal
    assert len(report.warnings) == 1, "the store that is not there"


def test_a_folder_of_examples_that_is_there_is_the_users(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    report = init_workspace(tmp_path, probes=str(tmp_path / "elsewhere"))
    assert not [path for path in report.written if path.endswith("README.md")]
    assert not (tmp_path / "elsewhere").exists()
    assert any("probes.path: the folder" in warning for warning in report.warnings)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    report = init_workspace(tmp_path / "new", dry_run=True)
    assert report.dry_run
    assert report.written == init_workspace(tmp_path / "other").written
    assert not (tmp_path / "new").exists()


def test_a_store_that_does_not_exist_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    assert init_workspace(tmp_path, store="docs").warnings == ()
    (tmp_path / "docs").rmdir()
    assert f"the store {tmp_path / 'docs'} does not exist" in init_workspace(tmp_path).warnings[0]


def test_a_store_behind_a_url_is_not_looked_for(tmp_path: Path) -> None:
    assert init_workspace(tmp_path, store="s3://bucket/docs").warnings == ()


def test_the_command_prints_lines_for_people_or_one_json_object(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        command = [str(Path(sys.executable).parent / "pointsman"), "init", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=os.environ).stdout

    assert "would write pipelines/ (11 files)" in run("--dry-run")
    assert "wrote       params.yaml" in run("--store", "docs")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    assert "left alone  dvc.yaml, which you edited" in run()
    assert "-stages: {}" in run("--diff")
    report = json.loads(run("--json"))
    assert [each["path"] for each in report["edited"]] == ["dvc.yaml"]
    assert report["workspace"] == str(tmp_path)


def test_the_command_ends_with_2_on_bad_input(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    command = [str(Path(sys.executable).parent / "pointsman"), "init", "notes.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is a file" in done.stderr
