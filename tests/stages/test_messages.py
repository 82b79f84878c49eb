"""What stages print."""

import pytest

from pointsman.stages.shared.messages import plural, show_progress


@pytest.mark.parametrize(("n", "text"), [(0, "0 chunks"), (1, "1 chunk"), (2, "2 chunks")])
def test_a_noun_has_the_number_of_its_count(n: int, text: str) -> None:
    assert plural(n, "chunk") == text


def test_an_irregular_plural_is_given() -> None:
    assert [plural(n, "near copy", "near copies") for n in (1, 2)] == ["1 near copy", "2 near copies"]


def test_progress_is_printed_once_a_percent_and_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    for done in range(1, 1001):
        show_progress("a task of its own", done, 1000)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 101
    assert (lines[0], lines[-1]) == ("a task of its own: 1 of 1000", "a task of its own: 1000 of 1000")


def test_a_task_without_work_is_done_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    show_progress("nothing to do", 0, 0)
    assert capsys.readouterr().out == "nothing to do: 0 of 0\n"
