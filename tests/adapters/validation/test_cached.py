"""The memory of verdicts: what was judged by the same checks is not judged again, and nothing else is reused."""

from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.validation.cached import CachedValidator
from pointsman.adapters.validation.great_expectations import GxValidator
from pointsman.core.errors import PointsmanError
from pointsman.ports.validation import Rows
from pointsman.settings.params import Guard


class Counting(GxValidator):
    """Great Expectations, and how many rows it was asked about."""

    asked = 0

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        self.asked += len(rows)
        return super().refuse(suite, rows)


def rows(*tokens: int, item: str = "d") -> list[dict[str, Any]]:
    return [{"item": f"{item}{n}", "text_length": 5, "tokens": count} for n, count in enumerate(tokens)]


@pytest.fixture(scope="module")
def judge() -> Counting:
    return Counting(Guard(), max_tokens=100, max_chunk_tokens=10)


def test_a_row_judged_before_is_answered_by_another_process_memory_with_its_own_name(
    judge: Counting, tmp_path: Path
) -> None:
    first = CachedValidator(judge, tmp_path / "v.sqlite").refuse("chunks", rows(5, 11))
    before = judge.asked
    again = CachedValidator(judge, tmp_path / "v.sqlite").refuse("chunks", rows(11, 5, 11, item="e"))
    assert judge.asked == before
    assert [(item, check) for item, check, _ in first] == [("d1", "tokens")]
    assert [(item, check) for item, check, _ in again] == [("e0", "tokens"), ("e2", "tokens")]
    assert {reason for *_, reason in again} == {first[0][2]}


def test_other_limits_are_other_verdicts(judge: Counting, tmp_path: Path) -> None:
    CachedValidator(judge, tmp_path / "v.sqlite").refuse("chunks", rows(11))
    wider = CachedValidator(GxValidator(Guard(), max_tokens=100, max_chunk_tokens=11), tmp_path / "v.sqlite")
    assert wider.refuse("chunks", rows(11, 12)) == [("d1", "tokens", wider.refuse("chunks", rows(12))[0][2])]


def test_the_same_numbers_under_another_suite_are_judged_anew(judge: Counting, tmp_path: Path) -> None:
    memory = CachedValidator(judge, tmp_path / "v.sqlite")
    probe = {"item": "p", "parse_error": None, "question_length": 0, "missing_documents": None}
    assert memory.refuse("chunks", rows(5)) == []
    assert [check for _, check, _ in memory.refuse("probes", [probe])] == ["question"]


def test_the_real_validator_is_announced_once_and_only_when_it_is_needed(judge: Counting, tmp_path: Path) -> None:
    calls: list[int] = []
    memory = CachedValidator(judge, tmp_path / "v.sqlite", before=lambda: calls.append(1))
    memory.refuse("chunks", [])
    assert calls == []
    memory.refuse("chunks", rows(5))
    memory.refuse("chunks", rows(6))
    assert calls == [1]


def test_the_memory_is_bounded(judge: Counting, tmp_path: Path) -> None:
    memory = CachedValidator(judge, tmp_path / "v.sqlite", max_rows=2)
    memory.refuse("chunks", rows(1, 2, 3))
    before = judge.asked
    memory.refuse("chunks", rows(2, 3))
    assert judge.asked == before
    memory.refuse("chunks", rows(1))
    assert judge.asked == before + 1


def test_a_damaged_memory_is_named_with_the_way_out(judge: Counting, tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_bytes(b"no database at all, but long enough to be read as one" * 20)
    with pytest.raises(PointsmanError, match="delete it"):
        CachedValidator(judge, tmp_path / "v.sqlite").refuse("chunks", rows(5))
