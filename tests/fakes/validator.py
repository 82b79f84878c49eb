"""A validator in plain Python, without Great Expectations."""

from pointsman.adapters.validation.plain import PlainValidator
from pointsman.settings.params import Guard


class FakeValidator(PlainValidator):
    """Checks one row after the other with the product's own list of checks."""

    def __init__(
        self, guard: Guard | None = None, *, max_tokens: int = 1024, max_chunk_tokens: int | None = None
    ) -> None:
        super().__init__(guard or Guard(), max_tokens=max_tokens, max_chunk_tokens=max_chunk_tokens)
