"""How long a transformers trainer's loop takes."""

import time
from typing import Any

from transformers import TrainerCallback


class Watch(TrainerCallback):  # type: ignore[misc]
    """The loop's seconds: neither loading nor tokenizing."""

    begun = ended = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Start."""
        self.begun = time.perf_counter()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Stop."""
        self.ended = time.perf_counter()
