"""What each forced action of the decision bench leaves readers with, on fake ports."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.scenarios import actions
from bench.scenarios.actions import Impossible, ServedIndex
from bench.scenarios.measure import Answers, index_id, inputs_of, measured
from bench.scenarios.world import Asked, Case, Form, Question, World
from pointsman.core.release import Model
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.observe.state import WorkspaceState, state_now
from tests.fakes.resources import FakeResources, begun, page

Open = Callable[..., FakeResources]


@pytest.fixture
def changed(opened: Open) -> FakeResources:
    """A live desk whose store then saw a rename, an edit, an addition and a removal."""
    resources = begun(opened(8))
    resources.store.rename("doc01.md", "moved/doc01.md")
    resources.store.write("doc02.md", page(2, extra="The bell is green."))
    resources.store.write("doc20.md", page(20))
    resources.store.remove("doc03.md")
    return resources


def served(stand: ServedIndex) -> dict[str, str]:
    names = {p.document for p in stand.index.points(stand.at.collection) if p.seen_at(stand.at.revision)}
    found = stand.index.chunks(stand.at.collection, revision=stand.at.revision, documents=names)
    texts: dict[str, str] = {}
    for wanted in found:
        texts[wanted.document] = f"{texts.get(wanted.document, '')} {wanted.text}"
    return texts


def test_keep_leaves_everything_as_it_is_live(changed: FakeResources) -> None:
    assert set(
        served(
            actions.kept(
                changed,
                state_now(changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress),
            )
        )
    ) == {f"doc{n:02d}.md" for n in range(8)}


def test_patch_serves_new_names_and_leaves_texts_as_they_are(changed: FakeResources) -> None:
    stand = actions.patched(
        changed, state_now(changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress)
    )
    found = served(stand)
    assert "moved/doc01.md" in found
    assert "doc01.md" not in found
    assert {"doc03.md", "doc02.md"} < found.keys()
    assert "green" not in found["doc02.md"]
    assert "doc20.md" not in found
    assert stand.embedded == 0


def test_update_serves_the_store_as_it_is_and_embeds_what_is_new(changed: FakeResources) -> None:
    stand = actions.updated(
        changed, state_now(changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress)
    )
    found = served(stand)
    assert set(found) == {d.document for d in changed.store.listing()}
    assert "green" in found["doc02.md"]
    assert 0 < stand.embedded < 6


def test_a_rebuild_serves_what_the_update_serves_and_embeds_everything(changed: FakeResources, tmp_path: Path) -> None:
    state = state_now(changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress)
    updated = actions.updated(changed, state)
    wanted = index_id(updated)
    actions.undone(changed, updated, state)
    rebuilt = actions.rebuilt(changed, state, tmp_path)
    assert index_id(rebuilt) == wanted, "any history ends equal to a build from scratch"
    assert rebuilt.embedded == rebuilt.at.points > updated.embedded


def test_documents_that_are_refused_keep_their_last_good_version_in_a_rebuild(opened: Open, tmp_path: Path) -> None:
    resources = begun(opened(6))
    resources.store.write("doc04.md", b"\x00\x01" * 400)
    assert "doc04.md" in served(
        actions.rebuilt(
            resources,
            state_now(
                resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
            ),
            tmp_path,
        )
    )


def test_an_action_that_was_taken_back_leaves_nothing_to_the_next_one(changed: FakeResources) -> None:
    state = state_now(changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress)
    before = index_id(actions.kept(changed, state))
    for action in (actions.patched, actions.updated):
        actions.undone(changed, action(changed, state), state)
        live = live_release(changed.ledger)
        assert live is not None
        assert index_id(actions.kept(changed, state)) == before
        assert not list(changed.index.touched(live.index.collection, live.index.revision + 1))


def test_a_lost_collection_cannot_be_kept_or_patched_and_can_be_updated(opened: Open) -> None:
    resources = begun(opened(5))
    resources.index.drop(resources.index.collections()[0])
    state = state_now(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    for action in (actions.kept, actions.patched):
        with pytest.raises(Impossible, match="lost"):
            action(resources, state)
    assert len(served(actions.updated(resources, state))) == 5


def test_an_empty_store_can_be_carried_through_every_action(opened: Open, tmp_path: Path) -> None:
    resources = begun(opened(4))
    for entry in list(resources.store.listing()):
        resources.store.remove(entry.document)
    state = state_now(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    stand = actions.updated(resources, state)
    assert served(stand) == {}
    actions.undone(resources, stand, state)
    assert served(actions.rebuilt(resources, state, tmp_path)) == {}


def measured_on(resources: FakeResources, case: Case, stand: ServedIndex | None, tmp_path: Path) -> dict[str, object]:
    return measured(resources, case, stand, generator(resources), Answers(tmp_path / "answers.jsonl"))


def generator(resources: FakeResources) -> Model:
    return state_now(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    ).generator


CASE = Case(
    World({}),
    affected=(
        Question("bell", "which bell is green", ("doc02.md",), ("bell is green",), answer="green"),
        Question("gone", "call number 3 in the village for the library3", hides=("number 3",), gone=("doc03.md",)),
    ),
    controls=(Question("control", "the keeper of the kitchen4", ("doc04.md",)),),
    asked=(Asked("form", "the keeper of the kitchen4", Form(keys=("answer", "citations"))),),
    markers=("bell is green",),
)


def test_what_is_measured_tells_actions_apart(changed: FakeResources, tmp_path: Path) -> None:
    state = state_now(changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress)
    before = measured_on(changed, CASE, actions.kept(changed, state), tmp_path)
    after = measured_on(changed, CASE, actions.updated(changed, state), tmp_path)
    assert before["facts"]["bell"] == {"shown": False, "said": False}  # type: ignore[index]
    assert after["facts"]["bell"] == {"shown": True, "said": True}  # type: ignore[index]
    assert before["facts"]["gone"]["shown"] is False  # type: ignore[index]
    assert after["facts"]["gone"]["shown"] is True  # type: ignore[index]
    assert (before["affected"]["gone"], after["affected"]["gone"]) == (0.0, 1.0)  # type: ignore[index]
    assert before["controls"] == after["controls"] == {"control": 1.0}
    assert (before["unsafe"], after["unsafe"]) == ([], ["bell is green"])
    assert after["forms"] == {"form": False}


def test_where_nothing_answers_everything_is_wrong_and_nothing_unsafe(changed: FakeResources, tmp_path: Path) -> None:
    found = measured_on(changed, CASE, None, tmp_path)
    assert found["affected"] == {"bell": 0.0, "gone": 0.0}
    assert found["controls"] == {"control": 0.0}
    assert found["unsafe"] == []


def test_an_answer_is_generated_once_for_one_prompt(changed: FakeResources, tmp_path: Path) -> None:
    stand = actions.kept(
        changed, state_now(changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress)
    )
    measured_on(changed, CASE, stand, tmp_path)
    model = changed.models.generator(generator(changed))
    asked = model.answered
    measured_on(changed, CASE, stand, tmp_path)
    assert model.answered == asked > 0


def test_outcomes_are_shared_where_inputs_are_identical_and_nowhere_else(changed: FakeResources) -> None:
    state: WorkspaceState = state_now(
        changed.intake, serving=changed.serving, records=changed.records, progress=changed.progress
    )
    kept, model = actions.kept(changed, state), state.generator
    first = inputs_of(changed, CASE, kept, model)
    assert inputs_of(changed, CASE, kept, model) == first
    assert inputs_of(changed, Case(World({}), affected=CASE.affected[:1]), kept, model) != first
    assert inputs_of(changed, CASE, actions.updated(changed, state), model) != first
    assert inputs_of(changed, CASE, None, model)["index"] is None
