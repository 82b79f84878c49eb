"""Constrained by a schema, even a random model writes only what the schema allows."""

import json
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.models.causal_generator import CausalGenerator
from pointsman.adapters.validation.json_schema import JsonSchema
from pointsman.core.errors import UsageError
from pointsman.ports.models import Message
from tests.ports.models import GENERATOR, real

pytest.importorskip("llguidance", reason="the extra `constrained` is not installed")

SCHEMAS: tuple[dict[str, Any], ...] = (
    {
        "type": "object",
        "properties": {
            "answer": {"type": "string", "maxLength": 12},
            "citations": {"type": "array", "items": {"enum": ["a.md", "b/ü.md"]}, "maxItems": 2},
            "sure": {"type": "boolean"},
        },
        "required": ["answer", "citations", "sure"],
        "additionalProperties": False,
    },
    {"anyOf": [{"type": "object", "properties": {"no": {"const": True}}, "required": ["no"],
                "additionalProperties": False}, {"enum": ["yes", 7, None]}]},
    {"$ref": "#/$defs/one", "$defs": {"one": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3,
     "maximum": 5}}, "required": ["n"], "additionalProperties": False}}},
)  # fmt: skip


@pytest.fixture(scope="module", params=[1, 2, 3])
def ignorant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CausalGenerator:
    """A generator with the real tokenizer and a few random weights, another draw each time."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("ignorant")
    tokenizer = AutoTokenizer.from_pretrained(real(GENERATOR)[0])
    tokenizer.save_pretrained(folder)
    torch.manual_seed(request.param)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer) + 64, **sizes, **ends)).save_pretrained(folder)
    return CausalGenerator(folder, fingerprint=f"random {request.param}", batch_size=3)


def asked(n: int) -> list[Message]:
    return [{"role": "user", "content": f"Question {n}? " * (n + 1)}]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_held_answer_that_ends_is_valid(ignorant: CausalGenerator, schema: dict[str, Any]) -> None:
    judge = JsonSchema(json.dumps(schema), "schema")
    answers = ignorant.generate([asked(n) for n in range(5)], max_new_tokens=90, schema=schema)
    assert [judge.problem(answer) for answer in answers] == [None] * 5, answers
    alone = ignorant.generate([asked(3)], max_new_tokens=90, schema=schema)
    assert judge.problem(alone[0]) is None
    free = ignorant.generate([asked(0)], max_new_tokens=8)[0]
    assert judge.problem(free) is not None


def test_an_answer_that_is_cut_off_is_a_beginning_of_a_valid_one(ignorant: CausalGenerator) -> None:
    short, longer = (ignorant.generate([asked(1)], max_new_tokens=n, schema=SCHEMAS[0])[0] for n in (5, 90))
    assert longer.startswith(short)


@pytest.mark.parametrize("schema", [{"not": {"type": "string"}}, {"type": "array", "uniqueItems": True}])
def test_a_keyword_that_cannot_be_held_is_refused_and_not_passed_over(
    ignorant: CausalGenerator, schema: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match=r"examples\.schema cannot be enforced"):
        ignorant.generate([asked(1)], max_new_tokens=5, schema=schema)


def test_a_folder_without_a_fast_tokenizer_is_told_so(tmp_path: Path) -> None:
    from pointsman.adapters.models.constrained_decoding import Grammar

    with pytest.raises(UsageError, match="cannot be constrained by a schema"):
        Grammar(object(), SCHEMAS[0], tokens=10, ends=[1])
