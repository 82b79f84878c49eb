"""The validator of a workspace, as every stage that judges rows uses it."""

from pointsman.adapters.gx_validator import GxValidator
from pointsman.settings import Params


def judge(params: Params) -> GxValidator:
    """Return the validator with the limits of params.yaml."""
    limits = {"max_tokens": params.generator.lora.max_length, "max_chunk_tokens": params.chunking.max_tokens}
    return GxValidator(params.guard, **limits)
