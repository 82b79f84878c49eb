"""Lines of examples and probes, and questions, that nobody should write. Seeded."""

import json
import random
from typing import Any

from bench.robustness.fuzz.hostile_documents import STRANGE

WORDS = ("gate", "opens", "at", "six", "the", "yard", "fee", "a.md", "b.md", "user", "assistant", "system", "")
KEYS = (
    "id", "messages", "cites", "tags", "question", "documents", "answer", "prompt", "completion", "conversations",
    "from",
    "value", "role", "content", "instruction", "input", "output", "weight", "history", "chosen", "digest", "document",
)  # fmt: skip
NUMBERS = (0, -1, 1, 2**63, 10**30, 1e308, float("inf"), float("nan"), True, None)
DEEP = 5_000
"""Levels of a line that is nested too deeply."""


class HostileLines:
    """An endless source of lines; the same seed gives the same lines."""

    def __init__(self, seed: int) -> None:
        """Take the seed."""
        self._draw = random.Random(seed)  # noqa: S311 - no secret depends on it

    def example(self) -> bytes:
        """Return a line of an examples file."""
        turns = [{"role": "user", "content": self.question()}, {"role": "assistant", "content": self.question()}]
        return self._line({"id": self._word(), "messages": turns, "cites": ["a.md"], "tags": [self._word()]})

    def probe(self) -> bytes:
        """Return a line of a probes file."""
        return self._line({"id": self._word(), "question": self.question(), "documents": ["a.md"], "answer": None})

    def question(self) -> str:
        """Return a question, mostly with a strange character in it."""
        words = [self._word() for _ in range(self._draw.randint(1, 12))]
        if self._draw.random() < 0.5:  # noqa: PLR2004 - half of them
            words.insert(self._draw.randint(0, len(words)), self._strange())
        return " ".join(words)

    def _line(self, row: dict[str, Any]) -> bytes:
        for _ in range(self._draw.choice((0, 0, 1, 1, 2, 4))):
            self._spoil(row)
        kind = self._draw.randrange(12)
        if kind == 0:
            return b"[" * DEEP
        if kind == 1:
            return (b'{"id":' * DEEP) + b"1" + b"}" * DEEP
        text = json.dumps(row, ensure_ascii=self._draw.random() < 0.5)  # noqa: PLR2004 - half of them
        raw = bytearray(text.encode("utf-8", "surrogatepass").replace(b"\n", b" "))
        if kind <= 3 and raw:  # noqa: PLR2004 - some of the kinds
            for _ in range(self._draw.randint(1, 4)):
                raw[self._draw.randrange(len(raw))] = self._draw.randrange(256)
        if kind == 4:  # noqa: PLR2004 - one of the kinds
            raw = bytearray(text.encode("utf-16", "surrogatepass"))
        return bytes(raw).replace(b"\n", b" ")

    def _spoil(self, row: dict[str, Any]) -> None:
        """Put a value of another type, or another key, somewhere in a row."""
        place: Any = row
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return
            key = self._draw.choice(keys)
            below = place[key]
            if isinstance(below, dict | list) and below and self._draw.random() < 0.7:  # noqa: PLR2004 - go deeper
                place = below
                continue
            if isinstance(place, dict) and self._draw.random() < 0.3:  # noqa: PLR2004 - another key
                place[self._draw.choice(KEYS)] = place.pop(key)
            else:
                place[key] = self._value(3)
            return

    def _value(self, depth: int) -> Any:
        kind = self._draw.randrange(6 if depth else 4)
        if kind == 0:
            return self._draw.choice(NUMBERS)
        if kind in (1, 2, 3):
            return self._strange() if kind == 1 else self._word()
        if kind == 4:  # noqa: PLR2004 - a list
            return [self._value(depth - 1) for _ in range(self._draw.randint(0, 3))]
        return {self._draw.choice(KEYS): self._value(depth - 1) for _ in range(self._draw.randint(0, 3))}

    def _word(self) -> str:
        return self._draw.choice(WORDS)

    def _strange(self) -> str:
        return self._draw.choice(STRANGE) if self._draw.random() < 0.8 else chr(self._draw.randrange(0x110000))  # noqa: PLR2004 - mostly known ones
