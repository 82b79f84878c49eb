"""Late writes of a writer that lost its lease never reach a reader, in any history."""

from pathlib import Path

from tests.laws.stale_writers import history

HISTORIES = 100


def test_no_late_write_mixes_a_release_and_every_history_ends_as_a_build_from_scratch(tmp_path: Path) -> None:
    worlds = [history(seed, tmp_path) for seed in range(HISTORIES)]
    assert sum(world.refused for world in worlds) > HISTORIES / 10, "hardly any late write was tried"


def test_without_fences_the_same_histories_go_wrong(tmp_path: Path) -> None:
    assert any(_goes_wrong(seed, tmp_path) for seed in range(HISTORIES))


def _goes_wrong(seed: int, scratch: Path) -> bool:
    try:
        history(seed, scratch, fences=False)
    except AssertionError:
        return True
    return False
