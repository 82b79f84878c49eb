"""A passage that a group may not see never reaches it: by search, by an answer, or in any release."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.corpus.access import readers_of
from pointsman.core.index.filters import Filter
from pointsman.core.policy.decision import Track
from pointsman.steps.ledger.releases import live_release, manifest_of
from pointsman.steps.serving.answer import NO_PASSAGE, ask, search
from tests.fakes.resources import FakeResources, fake_resources, page, run

GROUPS = ("staff", "board", "night crew")
QUESTION = "who opens the door and calls the village when it breaks"

access = st.none() | st.lists(st.sampled_from(GROUPS), unique=True, max_size=3)
corpus = st.dictionaries(st.integers(0, 7), access, min_size=1, max_size=8)
readers = st.frozensets(st.sampled_from(GROUPS))


def tagged(nth: int, groups: list[str] | None) -> str:
    return page(nth) if groups is None else f"---\naccess: [{', '.join(groups)}]\n---\n{page(nth)}"


def lay(resources: FakeResources, documents: dict[int, list[str] | None]) -> None:
    for nth in range(8):
        if nth in documents:
            resources.store.write(f"doc{nth:02d}.md", tagged(nth, documents[nth]))
        elif f"doc{nth:02d}.md" in {listed.document for listed in resources.store.listing()}:
            resources.store.remove(f"doc{nth:02d}.md")


def visible(documents: dict[int, list[str] | None], groups: frozenset[str]) -> set[str]:
    return {f"doc{n:02d}.md" for n, tags in documents.items() if tags is None or groups & set(tags)}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@given(histories=st.lists(corpus, min_size=1, max_size=3), groups=readers)
def test_no_reader_ever_gets_what_his_groups_may_not_see(
    scratch: Path, histories: list[dict[int, list[str] | None]], groups: frozenset[str]
) -> None:
    resources = fake_resources(scratch)
    for documents in histories:
        lay(resources, documents)
        run(resources, approved=True)
        allowed, allow = visible(documents, groups), Filter(groups)
        assert {
            hit["document"] for hit in search(resources.serving, QUESTION, top_k=100, allow=allow)["hits"]
        } == allowed
        answer = ask(resources.serving, QUESTION, allow=allow)
        assert {hit["document"] for hit in answer["context"]} | set(answer["citations"]) <= allowed
        said = {f"doc{int(n):02d}.md" for n in re.findall(r"[a-z ](\d)\b", answer["raw"])}
        assert said <= allowed
        assert {hit["document"] for hit in search(resources.serving, QUESTION, top_k=100)["hits"]} == visible(
            documents, frozenset()
        )


def test_a_change_of_access_is_a_patch_that_takes_effect_with_the_next_refresh(tmp_path: Path) -> None:
    resources = fake_resources(tmp_path, {f"doc{n:02d}.md": page(n) for n in range(4)})
    run(resources)
    resources.store.write("doc01.md", tagged(1, ["staff"]))

    def seen(*groups: str) -> set[str]:
        hits = search(resources.serving, QUESTION, top_k=50, allow=Filter(frozenset(groups)))["hits"]
        return {hit["document"] for hit in hits}

    assert "doc01.md" in seen(), "until somebody looks at the store, what is live is served"

    outcome = run(resources)

    assert (outcome.decision.index, outcome.work.chunks_embedded) == (Track.PATCH, 0)
    assert "doc01.md" not in seen()
    assert "doc01.md" in seen("staff")
    resources.store.write("doc01.md", tagged(1, []))
    run(resources)
    assert "doc01.md" not in seen(*GROUPS)


def test_a_slip_in_the_tags_of_a_new_document_is_quarantined(tmp_path: Path) -> None:
    resources = fake_resources(tmp_path, {"doc00.md": page(0), "doc01.md": "---\nacess: [staff]\n---\n" + page(1)})
    run(resources)
    assert [(r.item, r.check) for r in resources.quarantine.rows("documents")] == [("doc01.md", "access")]
    assert {h["document"] for h in search(resources.serving, QUESTION, top_k=50)["hits"]} == {"doc00.md"}


def test_a_slip_in_the_tags_of_a_served_document_closes_it_until_the_tags_are_right(tmp_path: Path) -> None:
    resources = fake_resources(tmp_path, {"doc00.md": page(0), "doc01.md": tagged(1, ["staff"])})
    run(resources)
    resources.store.write("doc01.md", "---\naccess: [staff\n---\n" + page(1, extra="More."))
    run(resources)
    assert {h["document"] for h in search(resources.serving, QUESTION, top_k=50)["hits"]} == {"doc00.md"}
    staff = Filter(frozenset({"staff"}))
    assert {h["document"] for h in search(resources.serving, QUESTION, top_k=50, allow=staff)["hits"]} == {"doc00.md"}
    live = live_release(resources.ledger)
    assert live is not None
    assert manifest_of(resources.ledger, live).entries["doc01.md"].readers == ()
    chunks = resources.index.chunks(live.index.collection, revision=live.index.revision, documents=["doc01.md"])
    assert chunks
    assert {tuple(readers_of(chunk.metadata)) for chunk in chunks} == {()}
    resources.store.write("doc01.md", tagged(1, ["staff"]) + "More.\n")
    run(resources)
    assert "doc01.md" in {h["document"] for h in search(resources.serving, QUESTION, top_k=50, allow=staff)["hits"]}
    assert {h["document"] for h in search(resources.serving, QUESTION, top_k=50)["hits"]} == {"doc00.md"}


def test_any_other_refusal_keeps_the_last_good_version_and_its_readers(tmp_path: Path) -> None:
    resources = fake_resources(tmp_path, {"doc00.md": page(0), "doc01.md": tagged(1, ["staff"])})
    run(resources)
    resources.store.write("doc01.md", b"\x00\x01" * 99)
    run(resources)
    staff = Filter(frozenset({"staff"}))
    assert "doc01.md" in {h["document"] for h in search(resources.serving, QUESTION, top_k=50, allow=staff)["hits"]}
    assert {h["document"] for h in search(resources.serving, QUESTION, top_k=50)["hits"]} == {"doc00.md"}


def test_where_nothing_may_be_seen_the_model_is_not_asked(tmp_path: Path) -> None:
    resources = fake_resources(tmp_path, {"doc00.md": tagged(0, ["staff"])})
    run(resources)
    answer = ask(resources.serving, QUESTION)
    assert (answer["answer"], answer["citations"], answer["context"]) == (NO_PASSAGE, [], [])
    assert sum(generator.answered for generator in resources.models.generators.values()) == 0
    assert ask(resources.serving, QUESTION, allow=Filter(frozenset({"staff"})))["citations"] == ["doc00.md"]
    assert sum(generator.answered for generator in resources.models.generators.values()) == 1
