"""Constrained decoding with llguidance: only tokens that fit a JSON Schema are generated. An optional extra."""

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from pointsman.core.errors import UsageError

EXTRA = "constrained"
FORM = {"item_separator": ", ", "key_separator": ": ", "whitespace_flexible": False}
"""White space as Python's json writes it; with free white space a weak model may write nothing else."""


def require() -> None:
    """Check that the extra is installed; imports nothing.

    Raises:
        UsageError: it is not installed.
    """
    if find_spec("llguidance") is None:
        raise UsageError(
            f"generator.constrained is true but llguidance is not installed; run `pip install 'pointsman[{EXTRA}]'`, "
            "or set it to false"
        )


class Grammar:
    """A JSON Schema as a grammar over the tokens of one model."""

    def __init__(self, tokenizer: Any, schema: Mapping[str, Any], *, tokens: int, ends: Sequence[int]) -> None:
        """Compile a schema.

        Args:
            tokenizer: of the model, as transformers opens it.
            schema: JSON Schema.
            tokens: size of the model's vocabulary.
            ends: tokens that end an answer.

        Raises:
            UsageError: the extra is not installed, or llguidance does not support the schema.
        """
        require()
        from llguidance import LLMatcher
        from llguidance.hf import from_tokenizer

        try:
            self._tokens = from_tokenizer(tokenizer, n_vocab=tokens, eos_token=list(ends))
        except ValueError as error:
            raise UsageError(
                f"answers of this model cannot be constrained by a schema: {error}; set generator.constrained to false"
            ) from None
        self._text = LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=FORM)
        self._ends = frozenset(ends)
        problem = LLMatcher.validate_grammar(self._text, self._tokens)
        if problem:
            raise UsageError(
                f"examples.schema cannot be enforced while an answer is written: {problem[:300]}; simplify it, "
                "or set generator.constrained to false"
            )

    def processor(self, rows: int) -> Any:
        """Return a LogitsProcessor that allows only the grammar's tokens in a batch of ``rows`` prompts."""
        from llguidance import LLMatcher

        matchers = [LLMatcher(self._tokens, self._text, log_level=0) for _ in range(rows)]
        started = False

        def constrain(ids: Any, scores: Any) -> Any:
            """Return the scores, shape (rows, tokens), with minus infinity for the tokens that are not allowed next."""
            nonlocal started
            for row, matcher in enumerate(matchers):
                if started and not matcher.is_stopped():
                    matcher.consume_token(int(ids[row, -1]))
                if matcher.is_error():
                    raise UsageError(f"the grammar of examples.schema failed: {matcher.get_error()[:300]}")
                if not matcher.is_stopped():
                    scores[row].masked_fill_(_forbidden(matcher, scores), float("-inf"))
                else:
                    scores[row].masked_fill_(self._only_ends(scores), float("-inf"))
            started = True
            return scores

        return constrain

    def _only_ends(self, scores: Any) -> Any:
        import torch

        mask = torch.ones(scores.shape[1], dtype=torch.bool, device=scores.device)
        mask[sorted(self._ends)] = False
        return mask


def _forbidden(matcher: Any, scores: Any) -> Any:
    """Return a mask of the tokens that are not allowed next, shape (tokens,)."""
    import torch

    bits = np.unpackbits(np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
    allowed = np.zeros(scores.shape[1], dtype=bool)
    allowed[: len(bits)] = bits[: scores.shape[1]]
    return torch.from_numpy(~allowed).to(scores.device)
