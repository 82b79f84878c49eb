"""The note and the page of a decision: readable, whole, and safe to open."""

import base64
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from pointsman.adapters.reports.answers_html import ANSWERS_SHOWN
from pointsman.adapters.reports.decision_html import page
from pointsman.adapters.reports.markdown import NOTE_LIMIT, decision_note
from pointsman.adapters.reports.record import clean, flat_params, headline, is_secret, metrics, parts
from pointsman.core.credentials import without_credentials

EVIL = "<script>alert('x')</script>"


def record(**changed: Any) -> dict[str, Any]:
    decision = {
        "index": "update",
        "train": ["generator"],
        "hold": False,
        "reasons": [{"signal": "shape", "value": 0.5, "limit": 0.9, "because": f"a | pipe, and {EVIL}"}],
        "flips": ["keep, if shape were 0.9"],
        "debt": [EVIL],
    }
    report = {"changes": {"edited": 2}, "work": {"chunks_embedded": 3}, "gate": "promote", "decision": decision}
    items = [{"id": "1", "question": EVIL, "champion": EVIL, "challenger": "<img src=x onerror=alert(1)>"}]
    scores = {"shape_valid": 0.5, "nll": 1.2, "n": 1}
    return {
        "decision_id": "d1",
        "report": report,
        "changed": {"edited": [f"{EVIL}.md"], "renamed": [["a.md", f"{EVIL}.md"]]},
        "quarantine": [{"item": f"{EVIL}.md", "check": "size", "reason": EVIL}],
        "exam": {"champion": scores, "challenger": scores, "items": items},
        "training": {"generator": {"loss": [3.0, 2.0], "held_out_loss_before": 3.0, "held_out_loss_after": 2.0}},
        "datasets": {"documents": {"id": "c1", "n": 2, "source": EVIL}},
        "signals": [{"name": EVIL, "value": 1.0, "unit": EVIL}],
        "params": {"store": {"url": EVIL}},
        "gates": {EVIL: {"verdict": EVIL, "because": EVIL}},
        "attribution": {"$x^2$ " + EVIL: 2},
    } | changed


class Seen(HTMLParser):
    """The tags, attributes and text of a page as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen(page(record()))


def test_text_of_documents_questions_and_answers_is_never_markup(seen: Seen) -> None:
    assert "script" not in seen.tags
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert seen.text.count(EVIL) >= 10


def test_the_page_loads_nothing_from_elsewhere(seen: Seen) -> None:
    addresses = [value for name, value in seen.attributes if name in {"src", "href", "action", "data"}]
    assert addresses
    assert all(address and address.startswith("data:image/png;base64,") for address in addresses)
    assert any(name == "content" and "default-src 'none'" in (value or "") for name, value in seen.attributes)
    assert seen.tags.count("link") == 0


def test_change_evaluation_and_training_are_each_drawn(seen: Seen) -> None:
    pictures = [value for name, value in seen.attributes if name == "src" and value]
    assert len(pictures) == 3
    for picture in pictures:
        assert base64.b64decode(picture.partition(",")[2]).startswith(b"\x89PNG")


def test_a_decision_that_trained_nothing_has_one_picture_and_no_empty_section() -> None:
    seen = Seen(page(record(exam=None, training={}, gates={}, signals=None, quarantine=None)))
    assert seen.tags.count("img") == 1
    assert "Answers of the live model" not in seen.text
    assert "Gates" not in seen.text


def test_an_empty_record_still_has_a_page_and_a_note() -> None:
    assert "<h1>undecided</h1>" in page({})
    assert "nothing" in decision_note({})


def test_a_long_evaluation_is_cut_and_says_so() -> None:
    items = [{"question": f"q{i}"} for i in range(ANSWERS_SHOWN + 1)]
    text = page(record(exam={"champion": {"n": 61}, "challenger": {"n": 61}, "items": items}))
    assert f"{ANSWERS_SHOWN} of {ANSWERS_SHOWN + 1}" in text
    assert f"q{ANSWERS_SHOWN - 1}<" in text
    assert f"q{ANSWERS_SHOWN}<" not in text


def test_the_note_escapes_markup_and_keeps_its_tables_whole() -> None:
    text = decision_note(record())
    assert "<" not in text
    row = next(line for line in text.splitlines() if line.startswith("| shape"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_a_long_note_fits_a_tag_and_says_where_the_rest_is() -> None:
    long = record()
    long["report"]["decision"]["flips"] = [f"flip {i} " + "x" * 80 for i in range(200)]
    assert len(decision_note(long)) <= NOTE_LIMIT
    assert decision_note(long).endswith("report.html")
    assert not decision_note(record()).endswith("report.html")


@pytest.mark.parametrize(
    ("decision", "gate", "name"),
    [
        ({"index": "keep", "train": [], "hold": False}, None, "keep"),
        ({"index": "update", "train": ["generator"], "hold": False}, "promote", "update +generator · promote"),
        ({"index": "rebuild", "train": ["retriever", "generator"]}, None, "rebuild +retriever +generator"),
        ({"index": "update", "train": [], "hold": True}, None, "update · on hold"),
    ],
)
def test_the_headline_names_the_decision_and_its_fate(decision: dict[str, Any], gate: str | None, name: str) -> None:
    assert headline({"report": {"decision": decision, "gate": gate}}) == name


@pytest.mark.parametrize("name", ["api_key", "token", "hf_Token", "PASSWORD", "client_secret", "tokens"])
def test_a_parameter_that_speaks_of_a_secret_is_dropped(name: str) -> None:
    assert is_secret(name)
    assert flat_params({"params": {"generator": {name: "x", "rank": 8}}}) == {"generator.rank": "8"}


@pytest.mark.parametrize("name", ["max_tokens", "passage_tokens", "max_new_tokens", "rank"])
def test_a_parameter_that_counts_tokens_is_kept(name: str) -> None:
    assert flat_params({"params": {name: 200}}) == {name: "200"}


def test_the_credentials_of_an_address_are_stripped_and_the_address_kept() -> None:
    text = "from postgresql+psycopg://me:p%40ss@db.example.org/x?sslmode=require and s3://bucket/me@x"
    assert (
        without_credentials(text) == "from postgresql+psycopg://db.example.org/x?sslmode=require and s3://bucket/me@x"
    )
    assert without_credentials("https://h/x?a=1&sig=abc&b=2") == "https://h/x?a=1&sig=***&b=2"
    assert without_credentials("write to me@example.org") == "write to me@example.org"


def test_cleaning_keeps_counts_of_tokens_and_drops_what_json_does_not_know() -> None:
    assert clean({"tokens_trained": 5, "x": float("nan"), "api_token": "t"}) == {"tokens_trained": 5, "x": None}


def test_a_long_parameter_is_cut_at_five_hundred_characters() -> None:
    assert [len(v) for v in flat_params({"params": {"a": "x" * 500, "b": "x" * 501}}).values()] == [500, 500]


def test_only_finite_numbers_become_metrics() -> None:
    found = metrics({"report": {"cost": {"seconds": float("inf"), "money": None, "estimate_seconds": 2}}})
    assert found == {"cost/estimate_seconds": [(0, 2.0)]}


def test_a_curve_counts_its_steps_or_says_them() -> None:
    run = {"loss": [3.0, 2.0], "validation_loss": [[10, 2.5], [20, 2.25], [30, float("nan")]], "stopped_early": True}
    found = metrics({"training": {"generator": run | {"validation": [{"step": 10, "loss": 2.5}], "notes": []}}})
    assert found == {
        "training/generator.loss": [(1, 3.0), (2, 2.0)],
        "training/generator.validation_loss": [(10, 2.5), (20, 2.25)],
    }


def test_the_page_draws_the_curves_of_a_training_and_prints_none_of_their_points() -> None:
    run = {
        "loss": [3.0, 2.0],
        "losses": [3.0, 2.0],
        "step_tokens": [77123, 88456],
        "validation_loss": [[1, 2.5], [2, 2.25]],
    }
    found = page({"training": {"generator": run | {"stopped_early": True, "resumed_from": 1}}})
    assert "curve: loss by step" in found
    assert "stopped early" in found
    assert "resumed from" in found
    assert "77123" not in found


def test_parts_are_known_by_content_and_an_adapter_makes_another_model() -> None:
    value = {"id": "r", "corpus": "c", "collection": "x", "revision": 1, "generator": {"model": "m", "base": "b"}}
    other = value | {"generator": {"model": "m", "base": "b", "adapter": "a"}}
    assert parts(value)["index"] == parts(value | {"id": "r2"})["index"]
    assert parts(value)["generator"][0] != parts(other)["generator"][0]
    assert parts(value | {"revision": 2})["index"][0] != parts(value)["index"][0]
    assert "retriever" not in parts(value)


def test_an_edit_is_shown_in_words_and_a_table_by_its_name() -> None:
    changes = [
        {"facet": "added", "section": "Limits", "before": "", "after": "]"},
        {"facet": "number", "section": "Limits", "before": "| a | 1 |", "after": "| a | 2 |"},
        {"facet": "modality", "section": EVIL, "before": "may", "after": "must"},
    ]
    edits = {"factual": 1, "wording": 2, "documents": [{"document": "a.md", "changes": changes}]}
    text = Seen(page({"report": {"edits": edits}})).text
    for words in ("added: ']'", "a table changed", "what must or may be", "'may' is now 'must'", EVIL):
        assert words in text
    assert "| a | 1 |" not in text
    assert "Documents in which a fact changed: 1. Documents in which only the wording did: 2." in text


def test_ids_are_shown_with_eight_characters_and_the_cost_in_words() -> None:
    cost = {"seconds": 2.898, "estimate_seconds": 15.03, "money": 0, "estimate_money": 0}
    text = page({"decision_id": "0123456789abcdef", "report": {"release": f"{EVIL}9876", "cost": cost}})
    assert '<dd><span title="0123456789abcdef">01234567</span></dd>' in text
    assert "<dd>2.898 s, estimated 15.03 s</dd>" in text
    assert "<script" not in text
    assert "money" not in text
    paid = page({"report": {"cost": {**cost, "money": 0.5, "estimate_money": 0.25}}})
    assert "2.898 s, estimated 15.03 s; money 0.5, estimated 0.25" in paid


def test_every_measure_says_which_way_is_better() -> None:
    signals = [{"name": "residual.behaviour.nll", "value": 1.5}, {"name": "probes.golden.staged", "value": 0.5}]
    scores = {"shape_valid": 0.5, "false_refusal": 0.1, "n": 8}
    text = page({"signals": signals, "exam": {"champion": scores, "challenger": scores}})
    rows = [re.sub("<[^>]+>", " ", row).split() for row in re.findall("<tr>(.*?)</tr>", text)]
    words = [" ".join(row) for row in rows]
    assert any(
        row.startswith("residual.behaviour.nll loss of the reference answers") and row.endswith("lower is better")
        for row in words
    )
    assert any(
        row.startswith("probes.golden.staged golden probes") and row.endswith("higher is better") for row in words
    )
    assert "in the asked format higher is better 0.5 0.5" in words
    assert "declined where it has one lower is better 0.1 0.1" in words
    training = page({"training": {"generator": {"held_out_loss_after": 2.0, "tokens": 9}}})
    assert "held out loss after (lower is better)" in training


def test_the_name_of_access_statements_is_kept_and_is_no_secret() -> None:
    record = {
        "params": {"access": {"key": "readers", "default": "open"}, "qdrant": {"key": "hunter2"}, "key": "hunter2"}
    }
    assert clean(record) == {"params": {"access": {"key": "readers", "default": "open"}, "qdrant": {}}}
    assert flat_params(record) == {"access.key": "readers", "access.default": "open"}
