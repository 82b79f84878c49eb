"""What a model folder says of its pooling; what is not known here is left to sentence-transformers."""

import json
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.models.embedders.pooling import Pooling, pooling_of

MEAN = {"word_embedding_dimension": 8, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
CLS = {"word_embedding_dimension": 8, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}


def a_folder(
    root: Path, pooling: dict[str, Any], *, kinds: tuple[str, ...] = ("Transformer", "Pooling"), **more: Any
) -> Path:
    places = {"Transformer": "", "Pooling": "1_Pooling"}
    modules = [
        {"path": places.get(kind, f"2_{kind}"), "type": f"sentence_transformers.models.{kind}"} for kind in kinds
    ]
    files = {
        "modules.json": modules,
        "1_Pooling/config.json": pooling,
        "sentence_bert_config.json": {"max_seq_length": 128, "do_lower_case": False} | more.get("settings", {}),
        "config.json": {"pad_token_id": 1},
        "config_sentence_transformers.json": more.get("prompts", {}),
    }
    (root / "1_Pooling").mkdir()
    for name, value in files.items():
        (root / name).write_text(json.dumps(value))
    return root


@pytest.mark.parametrize(
    ("pooling", "mode"),
    [(MEAN, "mean"), (CLS, "cls"), ({"pooling_mode": "mean"}, "mean"), ({"pooling_mode": ["cls"]}, "cls")],
)
def test_mean_and_first_token_pooling_are_known_in_both_spellings(
    tmp_path: Path, pooling: dict[str, Any], mode: Any
) -> None:
    assert pooling_of(a_folder(tmp_path, pooling)) == Pooling(mode, 128, 1)


def test_unit_length_after_it_changes_nothing(tmp_path: Path) -> None:
    assert pooling_of(a_folder(tmp_path, CLS, kinds=("Transformer", "Pooling", "Normalize"))) is not None


@pytest.mark.parametrize(
    ("pooling", "more"),
    [
        (MEAN | {"pooling_mode_cls_token": True}, {}),
        ({"pooling_mode": "lasttoken"}, {}),
        ({"pooling_mode": ["mean", "cls"]}, {}),
        (MEAN, {"kinds": ("Transformer", "Pooling", "Dense")}),
        (MEAN, {"settings": {"do_lower_case": True}}),
        (MEAN, {"settings": {"max_seq_length": None}}),
        (MEAN, {"prompts": {"default_prompt_name": "query"}}),
    ],
    ids=["two modes", "last token", "two modes, newer", "dense", "lower case", "no length", "default prompt"],
)  # fmt: skip
def test_anything_else_is_not_known(tmp_path: Path, pooling: dict[str, Any], more: dict[str, Any]) -> None:
    assert pooling_of(a_folder(tmp_path, pooling, **more)) is None


def test_a_folder_without_modules_is_not_known(tmp_path: Path) -> None:
    assert pooling_of(tmp_path) is None
