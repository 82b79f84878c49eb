"""Converging one revision, whatever an unfinished attempt left behind."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.index.points import FOREVER, Point
from pointsman.core.index.reconcile import Stage, converge, undo

REVISION = 5

Points = dict[str, Point]
Key = tuple[str, str]

keys = st.tuples(st.sampled_from("abcd"), st.sampled_from("pq"))


def wanted_of(key: Key) -> Chunk:
    return Chunk(key[0], "doc", key[0], key[0], key[0], payload_digest=key[1])


def point(key: Key, born: int, died: int) -> Point:
    return Point(wanted_of(key).point_id(born), key[0], "doc", key[0], key[1], born, died)


lives = st.tuples(st.integers(1, REVISION + 2), st.one_of(st.integers(2, REVISION + 3), st.just(FOREVER))).filter(
    lambda life: life[0] < life[1]
)
present = st.lists(st.builds(lambda key, life: point(key, *life), keys, lives), max_size=12).map(
    lambda found: {held.id: held for held in found}
)
wanted = st.sets(keys).map(lambda found: [wanted_of(key) for key in sorted(found)])


def applied(points: Points, stage: Stage, *, writes: int = 99) -> Points:
    """Return a collection after the first ``writes`` single writes of a stage, in the order in which they are done."""
    after = dict(points)
    todo = [("add", w) for w in stage.add] + [("retire", i) for i in stage.retire]
    todo += [("revive", i) for i in stage.revive] + [("discard", i) for i in stage.discard]
    for kind, what in todo[:writes]:
        if isinstance(what, Chunk):
            born = point(what.key, stage.revision, FOREVER)
            after[born.id] = born
        elif kind == "discard":
            after.pop(what, None)
        elif what in after:
            p = after[what]
            after[what] = point(p.key, p.born, stage.revision if kind == "retire" else FOREVER)
    return after


def seen(points: Iterable[Point], revision: int) -> list[Key]:
    """Return what a reader sees: a key twice when two points serve it."""
    return sorted(p.key for p in points if p.seen_at(revision))


@given(present, wanted)
def test_a_reader_then_sees_exactly_what_is_wanted(points: Points, want: list[Chunk]) -> None:
    after = applied(points, converge(points.values(), want, REVISION))
    assert seen(after.values(), REVISION) == sorted(w.key for w in want)


@given(present, wanted)
def test_readers_of_earlier_revisions_see_no_difference(points: Points, want: list[Chunk]) -> None:
    stage = converge(points.values(), want, REVISION)
    for writes in range(len(stage.add) + len(stage.retire) + len(stage.revive) + len(stage.discard) + 1):
        after = applied(points, stage, writes=writes)
        for revision in range(1, REVISION):
            assert seen(after.values(), revision) == seen(points.values(), revision)


@given(present, wanted)
def test_converging_again_changes_nothing(points: Points, want: list[Chunk]) -> None:
    after = applied(points, converge(points.values(), want, REVISION))
    again = converge(after.values(), want, REVISION)
    assert not again
    assert again.kept == len(want)


@given(present, wanted, wanted, st.integers(0, 30))
def test_an_interrupted_stage_is_made_good_by_the_next_one(
    points: Points, first: list[Chunk], second: list[Chunk], writes: int
) -> None:
    broken = applied(points, converge(points.values(), first, REVISION), writes=writes)
    after = applied(broken, converge(broken.values(), second, REVISION))
    assert seen(after.values(), REVISION) == sorted(w.key for w in second)


@given(present, wanted)
def test_the_count_is_what_a_reader_will_see(points: Points, want: list[Chunk]) -> None:
    stage = converge(points.values(), want, REVISION)
    assert stage.kept + len(stage.add) == len(want)


released = present.map(
    lambda points: {
        i: point(p.key, p.born, p.died if p.died < REVISION else FOREVER)
        for i, p in points.items()
        if p.born < REVISION
    }
)


@given(released, wanted, st.integers(0, 30))
def test_undoing_an_interrupted_stage_restores_what_was_there(points: Points, want: list[Chunk], writes: int) -> None:
    broken = applied(points, converge(points.values(), want, REVISION), writes=writes)
    touched = [p for p in broken.values() if p.born >= REVISION or REVISION <= p.died < FOREVER]
    assert applied(broken, undo(touched, REVISION)) == points


@given(released, wanted)
def test_nothing_that_is_served_already_is_written_again(points: Points, want: list[Chunk]) -> None:
    stage = converge(points.values(), want, REVISION)
    served = set(seen(points.values(), REVISION))
    assert {w.key for w in stage.add} == {w.key for w in want} - served


def test_a_chunk_that_an_unfinished_stage_retired_is_revived_and_not_embedded_again() -> None:
    asleep = point(("a", "p"), 1, REVISION)
    stage = converge([asleep], [wanted_of(("a", "p"))], REVISION)
    assert stage == Stage(REVISION, revive=(asleep.id,), kept=1)


def test_a_chunk_retired_by_an_earlier_release_stays_dead_and_gets_a_second_life() -> None:
    dead = point(("a", "p"), 1, REVISION - 1)
    stage = converge([dead], [wanted_of(("a", "p"))], REVISION)
    assert stage.add[0].point_id(REVISION) != dead.id
    assert (stage.retire, stage.revive, stage.discard) == ((), (), ())


def test_a_reader_sees_from_birth_to_the_moment_before_death() -> None:
    held = point(("a", "p"), 2, 4)
    assert [held.seen_at(r) for r in (1, 2, 3, 4)] == [False, True, True, False]


def test_an_empty_stage_is_falsy() -> None:
    assert not Stage(REVISION, kept=7)
    assert Stage(REVISION, discard=("x",))
