"""The recipe of an adapter: base model and LoRA settings."""

from pointsman.core.training.experience_replay import AdapterRecipe
from pointsman.settings.params import GeneratorLora


def recipe_of(lora: GeneratorLora, base: str) -> AdapterRecipe:
    """Return the settings of params.yaml for a training on ``base``, the fingerprint of the base model."""
    return AdapterRecipe(lora.start, lora.replay, base=base, rank=lora.rank, alpha=lora.alpha)
