"""A callback that times the training loop of a transformers trainer."""

import time
from typing import Any

from transformers import TrainerCallback


class Stopwatch(TrainerCallback):  # type: ignore[misc]
    """Seconds of the training loop alone, without loading and tokenizing."""

    begun = ended = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Start the clock."""
        self.begun = time.perf_counter()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """Stop the clock."""
        self.ended = time.perf_counter()
