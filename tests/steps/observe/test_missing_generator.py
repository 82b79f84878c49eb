"""A generator that is not installed: the index works without it, and what needs it says so."""

from collections.abc import Callable

import pytest

from pointsman.core.errors import ModelMissing
from pointsman.core.release import MISSING, Model
from pointsman.ports.models import Role
from pointsman.settings.params import Policy
from pointsman.steps.refresh.fast_path import fast_path
from tests.fakes.resources import FakeResources, documents_found, live_id, page, run
from tests.steps.lessons import lessons

Opened = Callable[..., FakeResources]

GONE = "model 'bundled:small' needs the package small; run `pip install small`"


def uninstall(resources: FakeResources, monkeypatch: pytest.MonkeyPatch) -> None:
    there = resources.models.base

    def base(role: Role) -> Model:
        if role == "generator":
            raise ModelMissing(GONE)
        return there(role)

    monkeypatch.setattr(resources.models, "base", base)


def test_the_first_release_is_made_and_searched_and_gets_the_generator_later(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = opened(6)
    with monkeypatch.context() as gone:
        uninstall(resources, gone)
        first = run(resources).release
        assert first is not None
        assert first.generator.base == MISSING
        assert "doc01.md" in documents_found(resources, page(1))
        assert run(resources).decision.idle
    outcome = run(resources)
    assert outcome.release is not None
    assert outcome.release.id != first.id
    assert outcome.release.generator == resources.models.base("generator")


def test_a_live_generator_is_kept_while_it_is_missing(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = opened(6)
    before = run(resources).release
    uninstall(resources, monkeypatch)
    resources.store.write("doc01.md", page(11))
    after = run(resources).release
    assert before is not None
    assert after is not None
    assert after.id != before.id
    assert after.generator == before.generator
    seen = fast_path(resources.intake, count_visit=False, serving=resources.serving, records=resources.records)
    assert seen is not None
    assert seen.fingerprint is None


@pytest.mark.parametrize(("enough", "raises"), [(3, False), (2, True)])
def test_answers_that_are_due_need_the_generator(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, enough: int, raises: bool
) -> None:
    resources = opened(6, policy=Policy(min_examples=enough))
    uninstall(resources, monkeypatch)
    run(resources)
    resources.examples.write(lessons(2))
    if raises:
        with pytest.raises(ModelMissing, match="pip install small"):
            run(resources)
        return
    assert run(resources).decision.train == ()
    assert live_id(resources)
