"""params.yaml: strict, every mistake named at once, with what is allowed and the way out."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pointsman.adapters.parsers.formats import ENDINGS
from pointsman.core.corpus.documents import FORMATS
from pointsman.core.errors import UsageError
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.mistakes import keys
from pointsman.settings.params import Params, parse_params
from pointsman.settings.workspace import WorkspaceFolder

LEAST: dict[str, Any] = {
    "store": {"url": "docs"},
    "examples": {"path": "examples"},
    "probes": {"path": "probes"},
    "retriever": {"model": "bundled:e"},
    "generator": {"model": "bundled:g"},
}


def changed(section: str, **values: Any) -> dict[str, Any]:
    return {**LEAST, section: {**LEAST.get(section, {}), **values}}


def workspace(root: Path, text: str) -> WorkspaceFolder:
    (root / "params.yaml").write_text(text, encoding="utf-8")
    return WorkspaceFolder(root)


def test_the_least_that_must_be_said_is_enough(tmp_path: Path) -> None:
    params = workspace(tmp_path, yaml.safe_dump(LEAST)).params()
    assert isinstance(params, Params)
    assert (params.chunking.max_tokens, params.guard.removed_count, params.gate.keep_releases) == (200, 10, 10)
    assert params == parse_params(LEAST)


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
    assert getattr(getattr(parse_params(changed(section, **{key: good})), section), key) == good
    with pytest.raises(UsageError, match=rf"{section}\.{key}"):
        parse_params(changed(section, **{key: bad}))


def test_a_reranker_is_off_unless_named_and_reads_a_sensible_number_of_passages() -> None:
    assert parse_params(LEAST).retriever.rerank is None
    for candidates in (2, 1000):
        named = parse_params(
            changed("retriever", rerank={"model": "bundled:r", "candidates": candidates})
        ).retriever.rerank
        assert named is not None
        assert named.candidates == candidates
    for rerank in ({"model": "r", "candidates": 1}, {"model": "r", "candidates": 1001}, {"candidates": 5}, "bundled:r"):
        with pytest.raises(UsageError, match=r"retriever\.rerank"):
            parse_params(changed("retriever", rerank=rerank))


def test_every_mistake_is_named_at_once_with_its_value() -> None:
    wrong = {**changed("chunking", max_tokens=1, overlap=3), "guard": {"removed_share": 7}, "sead": 4}
    del wrong["probes"]
    with pytest.raises(UsageError) as caught:
        parse_params(wrong, "here.yaml")
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
        parse_params(changed(section, **{key: switch}))


def test_a_section_or_key_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    for text in (
        "policy: {min_probes: 3}\nseed: 1\npolicy: {min_examples: 4}\n",
        "policy: {min_probes: 3, min_probes: 4}",
    ):
        with pytest.raises(UsageError, match=r"'(policy|min_probes)' is given twice; keep one"):
            workspace(tmp_path, text).params()


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=str(tmp_path)):
        WorkspaceFolder(tmp_path).params()


def test_bytes_that_are_no_text_are_a_mistake_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe\x00store")
    with pytest.raises(UsageError, match="not YAML"):
        WorkspaceFolder(tmp_path).params()


def test_naming_a_workspace_makes_nothing(tmp_path: Path) -> None:
    found = WorkspaceFolder(tmp_path)
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


def mistakes_in(raw: Any) -> list[str]:
    with pytest.raises(UsageError) as caught:
        parse_params(raw)
    head, *lines = str(caught.value).split("\n")
    assert head == "params.yaml cannot be used:"
    return [line.strip() for line in lines]


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ({**LEAST, "sead": 4}, "sead: there is no such key; did you mean seed? (is 4)"),
        ({**LEAST, "polcy": {}}, "polcy: there is no such key; did you mean policy? (is {})"),
        (
            changed("policy", min_exmples=3),
            "policy.min_exmples: there is no such key; did you mean policy.min_examples? (is 3)",
        ),
        (
            changed("generator", lora={"learningrate": 1}),
            "generator.lora.learningrate: there is no such key; did you mean generator.lora.learning_rate? (is 1)",
        ),
        ({**LEAST, "top_k": 9}, "top_k: there is no such key; did you mean retriever.top_k? (is 9)"),
        (
            changed("policy", batch_size=9),
            (
                "policy.batch_size: there is no such key; did you mean retriever.batch_size or "
                "retriever.lora.batch_size or generator.lora.batch_size? (is 9)"
            ),
        ),
        (
            changed("chunking", overlap=9),
            "chunking.overlap: there is no such key; the keys of chunking are max_tokens (is 9)",
        ),
    ],
)
def test_an_unknown_key_is_answered_with_the_key_that_was_meant(raw: dict[str, Any], line: str) -> None:
    assert mistakes_in(raw) == [line]


def test_an_unknown_key_like_no_other_is_answered_with_the_keys_there_are() -> None:
    [line] = mistakes_in({**LEAST, "xyzzy": 1})
    assert line.startswith("xyzzy: there is no such key; the keys at the top are store, examples, probes")


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (changed("chunking", max_tokens=15), "chunking.max_tokens: must be 16 or more (is 15); the default is 200"),
        (
            changed("chunking", max_tokens=8193),
            "chunking.max_tokens: must be 8192 or less (is 8193); the default is 200",
        ),
        (changed("policy", confidence=0.5), "policy.confidence: must be more than 0.5 (is 0.5); the default is 0.95"),
        (changed("policy", confidence=1), "policy.confidence: must be less than 1 (is 1); the default is 0.95"),
        (
            changed("policy", min_examples=2.5),
            "policy.min_examples: must be a whole number (is 2.5); the default is 24",
        ),
        (
            changed("policy", min_examples="x"),
            "policy.min_examples: must be a whole number (is 'x'); the default is 24",
        ),
        (changed("policy", shape_valid="x"), "policy.shape_valid: must be a number (is 'x'); the default is 0.9"),
        (changed("budget", train_money=-1), "budget.train_money: must be 0 or more (is -1); the default is null"),
        (
            changed("budget", train_seconds=float("inf")),
            "budget.train_seconds: must be a finite number (is inf); the default is 1800.0",
        ),
        (
            changed("generator", constrained="maybe"),
            "generator.constrained: must be true or false (is 'maybe'); the default is false",
        ),
        (
            changed("generator", lora={"quantize": "8bit"}),
            "generator.lora.quantize: must be 'none', '4bit' or 'auto' (is '8bit'); the default is none",
        ),
        (changed("retriever", model=7), "retriever.model: must be a text (is 7)"),
        (changed("store", include="*.md"), "store.include: must be a list (is '*.md')"),
        (changed("store", include=["*.md", 3]), "store.include[1]: must be a text (is 3)"),
        ({**LEAST, "probes": "here"}, "probes: must be a mapping with the key path (is 'here')"),
        (changed("store", formats=["rst"]), "store.formats: must be a mapping of texts to texts (is ['rst'])"),
        (
            {key: value for key, value in LEAST.items() if key != "probes"},
            (
                "probes: is missing, and there is no default; "
                "`pointsman init` in an empty folder writes a file with every key"
            ),
        ),
    ],
)
def test_a_wrong_value_is_answered_with_the_limit_and_the_default(raw: dict[str, Any], line: str) -> None:
    assert mistakes_in(raw) == [line]


SECTIONS = ("policy", "gate", "guard", "budget", "chunking", "retriever", "generator", "store", "examples")


@pytest.mark.parametrize("key", [key for key in keys(Params) if key.count(".") == 1 and key.split(".")[0] in SECTIONS])
def test_no_message_of_pydantic_reaches_a_person(key: str) -> None:
    section, name = key.split(".")
    messages = []
    for value in (-1, -0.5, "x", [], {}, True, float("nan"), None, [{}]):
        try:
            parse_params(changed(section, **{name: value}))
        except UsageError as error:
            messages.append(str(error))
    assert messages, "nothing at all was refused"
    assert all(key in message for message in messages)
    assert not re.search("Input|Value error|should be", "\n".join(messages))


def test_formats_are_off_by_default_and_take_every_format_that_is_read() -> None:
    assert dict(parse_params(LEAST).store.formats) == {}
    asked = {f"*.{name}x": name for name in ("markdown", "rst", "html", "pdf", "docx", "text")}
    assert dict(parse_params(changed("store", formats=asked)).store.formats) == asked
    assert tuple(ENDINGS) == FORMATS, "what params.yaml may name is what the parsers know"


def test_a_format_that_is_not_read_is_refused_with_those_that_are() -> None:
    [line] = mistakes_in(changed("store", formats={"*.md": "markdown", "*.txt": "asciidoc"}))
    assert line == (
        "store.formats: '*.txt' has 'asciidoc', which is not a format; the formats are markdown, rst, html, pdf, docx, "
        "text (is {'*.md': 'markdown', '*.txt': 'asciidoc'})"
    )


def test_a_params_file_of_version_1_is_taken_as_it_is() -> None:
    text = (Path(__file__).parent / "params.version-1.yaml").read_text(encoding="utf-8")
    params = parse_params(yaml.safe_load(text))
    assert (params.guard.removed_share, params.generator.lora.replay, params.store.formats) == (0.1, 1.0, {})


def test_the_environment_names_every_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_ENGINE", "abacus")
    with pytest.raises(UsageError, match=r"POINTSMAN_ENGINE: must be 'auto', 'torch' or 'openvino' \(is 'abacus'\)"):
        Endpoints()


@pytest.mark.parametrize(("length", "cut"), [(58, False), (59, True)])
def test_a_wrong_value_is_quoted_up_to_sixty_characters_and_says_that_it_is_cut(length: int, *, cut: bool) -> None:
    with pytest.raises(UsageError) as caught:
        parse_params({**LEAST, "includes": "x" * length})
    quoted = f"'{'x' * 58}…" if cut else f"'{'x' * 58}'"
    assert f"(is {quoted})" in str(caught.value)


def test_a_mistake_in_the_store_shows_no_credentials() -> None:
    with pytest.raises(UsageError, match=r"store\.url") as caught:
        parse_params(changed("store", url=["https://reader:top-secret-word@docs.example.org/handbook"]))
    assert "top-secret-word" not in str(caught.value)


def test_access_has_two_keys_with_the_usual_values() -> None:
    assert (parse_params(LEAST).access.default, parse_params(LEAST).access.key) == ("open", "access")
    for key in ("acl", "Audience", "may_read", "a" * 40):
        assert parse_params(changed("access", key=key)).access.rule.key == key
    for wrong in ({"default": "closed"}, {"key": ""}, {"key": "ab"}, {"key": "a" * 41}, {"key": "1st"}, {"key": "a b"}):
        with pytest.raises(UsageError, match=r"access\.(default|key)"):
            parse_params(changed("access", **wrong))
