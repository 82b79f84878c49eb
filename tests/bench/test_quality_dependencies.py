"""The audit of the locked packages: what fails, what is ignored with a reason, what was not audited."""

from typing import Any

import pytest

from bench.quality import dependencies

BAD = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}


def package(**more: Any) -> dict[str, Any]:
    return {"name": "thing", "version": "1.0", **more}


def test_a_vulnerability_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert dependencies.say("lock", [package(vulns=[BAD]), package(vulns=[])])
    assert "thing 1.0: PYSEC-1, fixed in 2.0; NOT IGNORED" in capsys.readouterr().out


def test_one_that_is_ignored_by_any_of_its_names_passes_with_its_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "IGNORED", {"CVE-1": "only its server, which is not started"})
    assert not dependencies.say("lock", [package(vulns=[BAD])])
    assert "only its server" in capsys.readouterr().out


def test_what_was_not_audited_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert not dependencies.say("lock", [package(skip_reason="not found"), package(vulns=[])])
    assert "1 of 2 packages audited, 0 found; 1 versions are not known" in capsys.readouterr().out
