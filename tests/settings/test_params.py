"""params.yaml: strict, and every mistake named at once."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pointsman.core.errors import UsageError
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.params import Params, parse
from pointsman.settings.workspace import Workspace

LEAST: dict[str, Any] = {
    "store": {"url": "docs"},
    "examples": {"path": "examples"},
    "probes": {"path": "probes"},
    "retriever": {"model": "bundled:e"},
    "generator": {"model": "bundled:g"},
}


def changed(section: str, **values: Any) -> dict[str, Any]:
    return {**LEAST, section: {**LEAST.get(section, {}), **values}}


def workspace(root: Path, text: str) -> Workspace:
    (root / "params.yaml").write_text(text, encoding="utf-8")
    return Workspace(root)


def test_the_least_that_must_be_said_is_enough(tmp_path: Path) -> None:
    params = workspace(tmp_path, yaml.safe_dump(LEAST)).params()
    assert isinstance(params, Params)
    assert (params.chunking.max_tokens, params.guard.removed_count, params.gate.keep_releases) == (200, 10, 10)
    assert params == parse(LEAST)


@pytest.mark.parametrize(
    ("section", "key", "good", "bad"),
    [
        ("chunking", "max_tokens", 16, 15),
        ("chunking", "max_tokens", 8192, 8193),
        ("policy", "shape_valid", 1.0, 1.01),
        ("policy", "confidence", 0.51, 0.5),
        ("policy", "confidence", 0.99, 1.0),
        ("policy", "min_examples", 1, 0),
        ("policy", "cooldown_hours", 0.0, -0.1),
        ("gate", "keep_releases", 2, 1),
        ("guard", "removed_share", 0.0, -0.01),
        ("guard", "removed_count", 0, -1),
        ("budget", "train_seconds", 0.0, float("nan")),
        ("budget", "train_seconds", 1e9, float("inf")),
        ("budget", "train_money", 0.0, -0.01),
        ("gate", "min_slice_items", 1, 0),
        ("gate", "max_forgetting", 1.0, 1.01),
        ("gate", "max_memorised", 0, -1),
        ("retriever", "top_k", 1, 0),
    ],
)
def test_values_are_taken_up_to_their_limit(section: str, key: str, good: float, bad: float) -> None:
    assert getattr(getattr(parse(changed(section, **{key: good})), section), key) == good
    with pytest.raises(UsageError, match=rf"{section}\.{key}"):
        parse(changed(section, **{key: bad}))


def test_a_reranker_is_off_unless_named_and_reads_a_sensible_number_of_passages() -> None:
    assert parse(LEAST).retriever.rerank is None
    for candidates in (2, 1000):
        named = parse(changed("retriever", rerank={"model": "bundled:r", "candidates": candidates})).retriever.rerank
        assert named is not None
        assert named.candidates == candidates
    for rerank in ({"model": "r", "candidates": 1}, {"model": "r", "candidates": 1001}, {"candidates": 5}, "bundled:r"):
        with pytest.raises(UsageError, match=r"retriever\.rerank"):
            parse(changed("retriever", rerank=rerank))


def test_every_mistake_is_named_at_once_with_its_value() -> None:
    wrong = {**changed("chunking", max_tokens=1, overlap=3), "guard": {"removed_share": 7}, "sead": 4}
    del wrong["probes"]
    with pytest.raises(UsageError) as caught:
        parse(wrong, "here.yaml")
    message = str(caught.value)
    for part in (
        "here.yaml",
        "chunking.max_tokens",
        "chunking.overlap",
        "guard.removed_share",
        "(is 7)",
        "sead",
        "probes",
    ):
        assert part in message


@pytest.mark.parametrize("text", ["", "[]", "a: [", "\ttab", "just words"])
def test_what_is_no_mapping_is_a_mistake_of_the_user(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"params\.yaml"):
        workspace(tmp_path, text).params()


@pytest.mark.parametrize(
    ("section", "key"),
    [("policy", "shape_valid"), ("policy", "min_examples"), ("guard", "contradicting"), ("guard", "crowd_count"),
     ("budget", "train_money"), ("budget", "seconds_per_point_day"), ("guard", "growth_factor")],
)  # fmt: skip
@pytest.mark.parametrize("switch", [True, False])
def test_yes_and_off_are_no_limits(section: str, key: str, switch: bool) -> None:
    """``contradicting: off`` was read as 0, the strictest limit, and ``min_examples: yes`` as 1."""
    with pytest.raises(UsageError, match=rf"{section}\.{key}.*\n?.*not yes or no.*{switch}"):
        parse(changed(section, **{key: switch}))


def test_a_section_or_key_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    for text in (
        "policy: {min_probes: 3}\nseed: 1\npolicy: {min_examples: 4}\n",
        "policy: {min_probes: 3, min_probes: 4}",
    ):
        with pytest.raises(UsageError, match=r"'(policy|min_probes)' stands here twice"):
            workspace(tmp_path, text).params()


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=str(tmp_path)):
        Workspace(tmp_path).params()


def test_bytes_that_are_no_text_are_a_mistake_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe\x00store")
    with pytest.raises(UsageError, match="not YAML"):
        Workspace(tmp_path).params()


def test_naming_a_workspace_makes_nothing(tmp_path: Path) -> None:
    found = Workspace(tmp_path)
    assert (found.state, found.build) == (tmp_path / ".pointsman", tmp_path / "build")
    assert list(tmp_path.iterdir()) == []


def test_the_environment_says_where_services_live_and_keeps_its_key_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_URL", "http://index:6333")
    monkeypatch.setenv("QDRANT_API_KEY", "hush")
    monkeypatch.setenv("POINTSMAN_MODELS", "/models")
    found = Endpoints()
    assert (found.qdrant_url, found.qdrant_api_key, models_folder(found)) == (
        "http://index:6333",
        "hush",
        Path("/models"),
    )
    assert "hush" not in repr(found)


def test_a_mistake_in_the_store_shows_no_credentials() -> None:
    with pytest.raises(UsageError, match=r"store\.url") as caught:
        parse(changed("store", url=["https://reader:top-secret-word@docs.example.org/handbook"]))
    assert "top-secret-word" not in str(caught.value)
