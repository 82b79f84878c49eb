"""A backtest serves what the workspace's allow-list serves, and the same bytes elsewhere are refused as before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.validation.allow_list import Allowance, add_entries, fingerprint
from pointsman.bootstrap.backtest import Backtest, open_backtest
from pointsman.settings.params import Store
from tests.adapters.validation.credentials import drawn
from tests.fakes.git import Repository
from tests.fakes.resources import fake_params, page, silent

KEY = drawn("AKIA[U16]", 8)


@pytest.fixture
def replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[int, int]]:
    """Return a function that replays one moment and returns how many documents were added, and how many refused."""
    made = Repository(tmp_path / "repository")
    (made.root / "docs").mkdir()
    for name in ("keys.md", "copy.md"):
        (made.root / "docs" / name).write_text(f"{page(1)}\n\nThe key of the yard is {KEY} as all know.\n")
    (made.root / "docs" / "plain.md").write_text(page(2))
    made.commit()
    known: Any = replace(fake_params(), store=Store("memory", include=("**/*.md",)))
    monkeypatch.setattr("pointsman.settings.workspace.WorkspaceFolder.params", lambda _: known)
    monkeypatch.setattr("pointsman.bootstrap.backtest._counter", lambda *_: lambda text: len(text.split()))

    def build() -> tuple[int, int]:
        test: Backtest = open_backtest(tmp_path, made.root, "docs", progress=silent)
        for _ in test:
            pass
        changes = next(iter(test.variants.values())).steps[-1].changes
        return changes["added"], changes["quarantined"]

    return build


def test_the_allow_list_counts_for_the_document_that_it_names(
    replay: Callable[[], tuple[int, int]], tmp_path: Path
) -> None:
    assert replay() == (1, 2)
    mark = fingerprint("AWS Access Key", KEY, "01234567")
    add_entries(tmp_path, [Allowance("keys.md", mark, "marta", date(2999, 12, 31))])
    assert replay() == (2, 1)


def test_an_entry_that_has_ended_counts_no_longer(replay: Callable[[], tuple[int, int]], tmp_path: Path) -> None:
    mark = fingerprint("AWS Access Key", KEY, "01234567")
    add_entries(tmp_path, [Allowance("keys.md", mark, "marta", date(2020, 1, 1))])
    assert replay() == (1, 2)
