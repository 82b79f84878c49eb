"""The tasks of bench/finetuning: the same for the same seed, and nothing of the held-out side in what is learned."""

import base64
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.finetuning import catastrophic_forgetting, changed_facts, json_shape, new_vocabulary, workspace
from bench.finetuning.catastrophic_forgetting import replayed
from bench.finetuning.invented_words import invented
from bench.finetuning.notices import FAULTS, PARTS, notices
from bench.finetuning.shared_steps import FULL, GENERATOR, SMOKE, SharedSteps
from bench.finetuning.sheets import QUESTIONS, VERSIONS, SheetCorpus, probe_of, sheet_corpus
from bench.finetuning.verdict import FEWEST, Goal, ProofResult
from pointsman.adapters.minhash import sketch
from pointsman.core.corpus.comparison.near_duplicates import near_copies
from pointsman.core.evaluation.answer_scoring import Item, Score, content_words, score
from pointsman.core.evaluation.memorization import MemorizationCheck
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.supervision.decontamination import split_without_leaks
from pointsman.core.supervision.examples import Shape, cited_in, is_held_out
from tests.fakes.bare_workspaces import bare_workspaces

SEED = 17


@pytest.fixture(scope="module")
def full() -> SheetCorpus:
    return sheet_corpus(SEED, taught=FULL.taught, facts=FULL.facts, ordered=FULL.ordered)


def test_the_same_seed_gives_the_same_tasks_and_another_seed_others() -> None:
    assert notices(SEED) == notices(SEED)
    assert sheet_corpus(SEED, taught=9, facts=3, ordered=3) == sheet_corpus(SEED, taught=9, facts=3, ordered=3)
    assert notices(SEED).documents != notices(SEED + 1).documents
    assert sheet_corpus(SEED, taught=9, facts=3, ordered=3) != sheet_corpus(SEED + 1, taught=9, facts=3, ordered=3)


def test_invented_words_differ_and_too_many_are_refused() -> None:
    assert len(set(invented(700, SEED))) == 700
    with pytest.raises(ValueError, match=r"1000000 .* at most"):
        invented(1_000_000, SEED)


def test_no_notice_knows_an_invented_word() -> None:
    notices_ = notices(SEED)
    words = frozenset().union(*(content_words(text) for text in notices_.documents.values()))
    assert not words & notices_.meaning.keys()
    assert len(notices_.meaning) == len(PARTS) + len(FAULTS)


def test_a_held_out_question_has_no_training_question_of_its_document_or_of_its_pair_of_words() -> None:
    notices_ = notices(SEED)
    assert {p.documents for p in notices_.training}.isdisjoint({p.documents for p in notices_.held_out})
    assert all(is_held_out(p.documents[0], SEED) for p in notices_.held_out)
    assert not any(is_held_out(p.documents[0], SEED) for p in notices_.training)
    spoken = [
        frozenset(notices_.meaning.keys() & content_words(p.question)) for p in (*notices_.training, *notices_.held_out)
    ]
    assert {len(pair) for pair in spoken} == {2}
    assert set(spoken[: len(notices_.training)]).isdisjoint(spoken[len(notices_.training) :])


def test_each_invented_word_is_asked_often_enough_to_be_learned_and_held_out_questions_are_enough() -> None:
    notices_ = notices(SEED)
    asked = Counter(word for p in notices_.training for word in notices_.meaning.keys() & content_words(p.question))
    assert min(asked[word] for word in notices_.meaning) >= 10
    assert len(notices_.held_out) >= FEWEST
    assert len({p.question for p in (*notices_.training, *notices_.held_out)}) == len(notices_.training) + len(
        notices_.held_out
    )


def test_no_document_is_a_near_copy_of_another_so_that_no_guard_holds_them(full: SheetCorpus) -> None:
    changed = {sheet.document: sheet.text(1) for sheet in full.facts}
    others = {sheet.document: sheet.text() for sheet in (*full.taught, *full.ordered)}
    for fresh, known in ((notices(SEED).documents, {}), (changed, others), (others, {})):
        sketches = [{id_: base64.b64decode(sketch(text)) for id_, text in texts.items()} for texts in (fresh, known)]
        assert not near_copies(sketches[0], sketches[1], 0.8)


def test_the_split_of_both_behaviours_leaks_nothing_and_holds_out_enough(full: SheetCorpus) -> None:
    for examples, fewest in ((full.examples(), FEWEST), (full.orders(), 30)):
        found = split_without_leaks(examples, SEED, sketch)
        assert not found.leaked
        assert len(found.held_out) >= fewest
        cited = [{c for e in side for c in e.cites} for side in (found.training, found.held_out)]
        assert cited[0].isdisjoint(cited[1])


def test_facts_are_cited_by_no_example_and_each_version_says_another_value(full: SheetCorpus) -> None:
    examples = [*full.examples(), *full.orders()]
    assert {s.document for s in full.facts}.isdisjoint({c for e in examples for c in e.cites})
    assert len(full.facts) >= FEWEST
    for sheet in full.facts:
        texts = [sheet.text(version) for version in range(VERSIONS)]
        assert len(set(texts)) == VERSIONS
        for version, text in enumerate(texts):
            notices_ = [str(value) in text for value in sheet.values]
            assert notices_ == [v == version for v in range(VERSIONS)]


def test_an_id_says_nothing_of_its_sheet_and_every_sheet_fits_a_prompt(full: SheetCorpus) -> None:
    for sheet in full.sheets:
        number = sheet.document.removeprefix("k").removesuffix(".md")
        assert number not in sheet.text()
        assert len(sheet.text().split()) <= GENERATOR["passage_tokens"]
    assert len({sheet.document for sheet in full.sheets}) == len({sheet.name for sheet in full.sheets}) == 720


def test_the_two_behaviours_have_a_shape_each_and_cite_their_sheet(full: SheetCorpus) -> None:
    shapes = [Shape.of([e.completion for e in examples]) for examples in (full.examples(), full.orders())]
    assert None not in shapes
    assert shapes[0] != shapes[1]
    assert all(cited_in(e.completion) == list(e.cites) for e in (*full.examples(), *full.orders()))


def test_what_is_planted_is_wrong_by_now_is_of_the_training_side_and_is_not_asked_as_the_facts_are(
    full: SheetCorpus,
) -> None:
    wrong = full.planted(FULL.planted, SEED, version=changed_facts.OLD_VERSION)
    by_document = {sheet.document: sheet for sheet in full.facts}
    assert len({e.cites for e in wrong}) == FULL.planted
    assert len(wrong) == FULL.planted * (len(QUESTIONS) - 1)
    assert {e.question for e in wrong}.isdisjoint({str(probe_of(s)["question"]) for s in full.facts})
    for example in wrong:
        sheet = by_document[example.cites[0]]
        assert not is_held_out(sheet.document, SEED)
        assert str(sheet.values[changed_facts.OLD_VERSION]) in example.completion
        assert str(sheet.values[changed_facts.NEW_VERSION]) not in example.completion


def test_replay_draws_the_same_share_of_every_tag_and_none_when_none_is_asked_for() -> None:
    rows = [{"completion": "x", "item": {"id": str(n), "tags": ["a" if n % 4 else "b"]}} for n in range(100)]
    drawn = replayed(rows, 50, 0.8, SEED)
    assert drawn == replayed(rows[::-1], 50, 0.8, SEED)[::-1]
    assert Counter(row["item"]["tags"][0] for row in drawn) == {"a": 30, "b": 10}
    assert replayed(rows, 50, 0.0, SEED) == []
    assert len(replayed(rows, 500, 1.0, SEED)) == 100


def measure(value: float, n: int = FEWEST) -> Signal:
    return Signal("share", value, "0..1", n, value - 0.1, value + 0.1)


def test_a_goal_is_met_at_its_limit_and_missed_beyond_it_or_on_too_few_items() -> None:
    assert Goal(measure(0.95), 0.95).met
    assert not Goal(measure(0.949), 0.95).met
    assert Goal(measure(0.03), 0.03, at_most=True).met
    assert not Goal(measure(0.031), 0.03, at_most=True).met
    assert not Goal(measure(0.99, FEWEST - 1), 0.95).met
    assert not Goal(measure(0.95), 0.95).wholly


def test_one_missed_goal_misses_the_proof() -> None:
    goals = [Goal(measure(1.0), 0.9), Goal(measure(0.8), 0.9)]
    verdict = ProofResult("a", "claim", goals, 1.0)
    assert not verdict.met
    assert verdict.as_json()["met"] is False
    assert [goal["met"] for goal in verdict.as_json()["goals"]] == [True, False]


def test_a_fact_whose_document_was_not_retrieved_counts_as_not_followed() -> None:
    seen = MemorizationCheck(
        "1", "q", "is 417 bar", "is 952 bar", "is 952 bar", "It is 417 bar.", {("new", "old"): "It is 952."}
    )
    unseen = MemorizationCheck("2", "q", "is 417 bar", "", "", "It is 417 bar.", {("new", "old"): "It is 952."})
    found = changed_facts.followed([seen, unseen], ("new", "old"), "new", "share")
    assert (found.value, found.n) == (0.5, 2)


def test_an_answer_that_names_another_sheet_is_scored_wrong(full: SheetCorpus) -> None:
    example, other = full.examples()[:2]
    item = Item(example.id, example.question, example.completion, example.cites, (*example.cites, *other.cites))
    wrong = example.completion.replace(example.cites[0], other.cites[0])
    shape = Shape.of([example.completion])
    assert score(item, example.completion, 0.0, shape).citation_correct
    assert not score(item, wrong, 0.0, shape).citation_correct


def test_a_step_is_made_once_and_again_only_for_other_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "HOME", tmp_path)
    monkeypatch.setattr(workspace, "_lay_out", lambda root: (root.mkdir(parents=True), (root / "params.yaml").touch()))
    made: list[int] = []

    def make() -> workspace.StepResult:
        made.append(1)
        return {"n": len(made)}

    here = workspace.ProofWorkspace("x", {"seed": 1}, say=lambda _: None)
    assert here.step("one", make)["n"] == 1
    assert workspace.ProofWorkspace("x", {"seed": 1}, say=lambda _: None).step("one", make)["n"] == 1
    assert here.step("one", make, {"share": 1})["n"] == 2
    assert workspace.ProofWorkspace("x", {"seed": 2}, say=lambda _: None).step("one", make)["n"] == 3
    assert json.loads((here.root.parent / "steps" / "one.json").read_text())["n"] == 1


def test_a_step_that_breaks_leaves_nothing_and_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "HOME", tmp_path)
    monkeypatch.setattr(workspace, "_lay_out", lambda root: (root.mkdir(parents=True), (root / "params.yaml").touch()))
    here = workspace.ProofWorkspace("x", {"seed": 1}, say=lambda _: None)

    def breaks() -> workspace.StepResult:
        raise SystemExit("the gate")

    with pytest.raises(SystemExit):
        here.step("one", breaks)
    assert here.step("one", lambda: {"n": 7})["n"] == 7


def test_a_smoke_run_has_a_workspace_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "HOME", tmp_path)
    monkeypatch.setattr(workspace, "_lay_out", lambda root: root.mkdir(parents=True))
    assert SharedSteps(FULL).place.root != SharedSteps(SMOKE).place.root


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedSteps:
    bare_workspaces(tmp_path, monkeypatch)
    return SharedSteps(FULL)


def exam(right: int, n: int) -> dict[str, object]:
    """Return an exam as a decision record has it, in which ``right`` of ``n`` answers of the challenger are right."""
    shares = {"champion": 0.0, "challenger": right / n}
    shown = {side: {"n": float(n), "shape_valid": share, "citation_correct": share} for side, share in shares.items()}
    scores = [{"shape_valid": k < right, "citation_correct": k < right} for k in range(n)]
    none = {"shape_valid": False, "citation_correct": False}
    return {
        "contexts": {"oracle": shown, "retrieved": shown},
        "items": [{"champion_score": none, "challenger_score": each} for each in scores],
        "rulings": {"memory": {"verdict": "promote"}},
        "crossing": {},
    }


TURNED = {"first": [True] * 100, "scores": [{"citation_correct": n < 85} for n in range(100)]}


@pytest.mark.parametrize(("right", "n", "gate", "met"), [(95, 100, "promote", True), (94, 100, "promote", False),
                         (94, 99, "promote", False), (100, 100, "inconclusive", False)])  # fmt: skip
def test_a_shape_is_proved_on_a_hundred_items_at_its_limit_and_by_a_promotion(
    course: SharedSteps, right: int, n: int, gate: str, *, met: bool
) -> None:
    notices_ = {"exam": exam(right, n), "report": {"decision": {}, "gate": gate}, "training": {}}
    assert json_shape.judged(course, notices_, TURNED).met is met


def test_an_adapter_that_cites_what_stands_first_proves_nothing(course: SharedSteps) -> None:
    notices_ = {"exam": exam(100, 100), "report": {"decision": {}, "gate": "promote"}, "training": {}}
    blind = {**TURNED, "scores": [{"citation_correct": n < 84} for n in range(100)]}
    assert json_shape.judged(course, notices_, TURNED).met
    assert not json_shape.judged(course, notices_, blind).met


def test_passages_turned_round_are_the_same_passages_each_with_its_own_id() -> None:
    item = {"id": "1", "question": "q?", "reference": "", "cites": ["b"], "context": ["a", "b"],
            "passages": ["of a", "of b"], "tags": [], "answerable": True}  # fmt: skip
    prompt, turned = json_shape.turned_round({"item": item}, 10)
    assert prompt[1]["content"] == "[b]\n> of b\n\n[a]\n> of a\n\nQuestion: q?"
    assert (turned.context, turned.passages, turned.cites) == (("b", "a"), ("of b", "of a"), ("b",))


def crossed(number: int, said: dict[tuple[str, str], str]) -> list[MemorizationCheck]:
    return [
        MemorizationCheck(f"k{n}.md-asked", "q", "is 417 bar", "is 952 bar", "is 952 bar", "It is 417 bar.", said)
        for n in range(number)
    ]


HONEST = {("old", "old"): "417", ("old", "new"): "417", ("new", "old"): "952", ("new", "new"): "417"}


@pytest.mark.parametrize(("verdict", "index", "asked", "met"), [("refuse", "update", 100, True),
                         ("promote", "update", 100, False), ("refuse", "rebuild", 100, False),
                         ("refuse", "update", 99, False)])  # fmt: skip
def test_facts_are_proved_by_the_index_alone_and_by_a_refusal(
    course: SharedSteps, verdict: str, index: str, asked: int, *, met: bool
) -> None:
    moved = {"decision": {"index": index, "train": []}, "work": {"tokens_trained": 0}, "seconds": 1.0}
    planted = {
        "planted": ["k0.md"], "rulings": {"memory": {"verdict": verdict}}, "crossing": {}, "training": {},
        "report": {"decision": {}},
    }  # fmt: skip
    found = changed_facts.judged(course, {"exam": exam(1, 1)}, moved, planted, crossed(asked, HONEST))
    assert found.met is met
    assert (found.facts["recited"], found.facts["recited_of_planted"]) == (asked, 1)


def test_a_live_adapter_that_ignores_the_new_index_proves_nothing(course: SharedSteps) -> None:
    moved = {"decision": {"index": "update", "train": []}, "work": {"tokens_trained": 0}, "seconds": 1.0}
    planted = {
        "planted": [], "rulings": {"memory": {"verdict": "refuse"}}, "crossing": {}, "training": {},
        "report": {"decision": {}},
    }  # fmt: skip
    stubborn = crossed(100, {**HONEST, ("new", "old"): "417"})
    assert not changed_facts.judged(course, {"exam": exam(1, 1)}, moved, planted, stubborn).met


def answered(right: int, n: int) -> list[dict[str, object]]:
    return [Score(str(k), "", k < right, k < right, 0.0, 1.0).as_json() for k in range(n)]


@pytest.mark.parametrize(("replay", "alone", "second", "met"), [(97, 50, 40, True), (96, 50, 40, False),
                         (97, 97, 40, False), (97, 50, 20, False)])  # fmt: skip
def test_forgetting_is_proved_by_both_arms_and_only_where_the_second_behaviour_was_learned(
    course: SharedSteps, replay: int, alone: int, second: int, *, met: bool
) -> None:
    exams = {
        "start": {"first": answered(100, 100), "second": answered(0, 40)},
        "replay": {"first": answered(replay, 100), "second": answered(second, 40)},
        "alone": {"first": answered(alone, 100), "second": answered(40, 40)},
    }
    assert catastrophic_forgetting.judged(course, {}, exams).met is met


HITS = {f"{side}.{when}.{how}": [when == "after"] * 120 for side in new_vocabulary.SIDES for when in ("before", "after")
        for how in ("fused", "dense")}  # fmt: skip


@pytest.mark.parametrize(
    ("learned", "lost", "train", "adapter", "met"),
    [(0, 2, ["retriever"], "a1", True), (0, 3, ["retriever"], "a1", False), (21, 2, ["retriever"], "a1", False),
     (0, 2, [], "a1", False), (0, 2, ["retriever"], None, False)],
)  # fmt: skip
def test_vocabulary_is_proved_by_what_the_policy_and_the_gate_did_and_on_documents_without_any_pair(
    course: SharedSteps, learned: int, lost: int, train: list[str], adapter: str | None, *, met: bool
) -> None:
    notices_ = notices(SEED)
    task = new_vocabulary.Task(replace(notices_, held_out=notices_.held_out[:160]), {}, {}, judging=40)
    old = {"old.before.fused": [True] * 120, "old.after.fused": [n >= lost for n in range(120)]}
    came = {
        "learned": [p.documents[0] for p in task.asked[:learned]], "queries": [], "pairs": {}, "training": {},
        "ruling": {}, "signals": [], "decision": {"train": train},
    }  # fmt: skip
    assert new_vocabulary.judged(course.place, task, came, {"hits": HITS | old, "adapter": adapter}).met is met


def test_the_questions_of_the_vocabulary_proof_that_are_measured_are_not_in_its_workspace() -> None:
    asked = (workspace.ROOT / "demo").rglob("*.jsonl")
    rows = [json.loads(line) for file in asked for line in file.read_text(encoding="utf-8").splitlines()]
    documents = {f"flask/{d}": "" for row in rows for d in row.get("documents", row.get("cites", []))}
    task = new_vocabulary.Task(notices(SEED), documents, {})
    assert len(task.asked) >= FEWEST
    assert len(task.old_asked) >= FEWEST
    assert len(task.known) >= 20, "policy.min_probes of unchanged content"
    assert 20 <= task.judging <= 40
    assert {p.question for p in task.known}.isdisjoint(p.question for p in task.old_asked)
    assert all(is_held_out(p.documents[0], SEED) for p in task.known)
    in_it = {p.question for p in (*task.corpus.training, *task.corpus.held_out[: task.judging])}
    assert in_it.isdisjoint(p.question for p in task.asked)
