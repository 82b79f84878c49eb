"""The rows by which examples and probes are judged, and the texts in which secrets are looked for."""

import math
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.probes import Probe

SHOWN = 3
"""Examples named in a reason, at most: a thousand contradicting ones would each name all the others."""

WORDS_TO_TOKENS = 1.5
"""Tokens a word, roughly; used only to refuse examples that cannot fit a prompt."""


def probe_row(origin: str, probe: Probe, documents: Collection[str]) -> dict[str, Any]:
    """Return one probe's row for validation."""
    missing = None if any(d in documents for d in probe.documents) else ", ".join(probe.documents)
    length = len(probe.question)
    return {"item": origin, "parse_error": None, "question_length": length, "missing_documents": missing}


def texts_of_probe(probe: Probe) -> dict[str, str]:
    """Return the texts of a probe that the record would hold."""
    return {"question": probe.question, "answer": probe.answer or "", "tags": "\n".join(probe.tags)}


def texts_of_example(example: Example) -> dict[str, str]:
    """Return the texts of an example that a prompt, an adapter or the record would hold."""
    messages = {f"message {number}": m["content"] for number, m in enumerate(example.messages, 1)}
    return {**messages, "id": example.id, "tags": "\n".join(example.tags)}


def conversation(example: Example) -> str:
    """Return all messages before the completion as one text: two examples with the same text ask the same.

    Earlier turns count, because a follow-up ("And on Windows?") asks something else after another question. Cited
    documents do not count: the question does not name them.
    """
    before = example.messages[:-1]
    return "\n".join(f"{m['role']}: {' '.join(m['content'].lower().split())}" for m in before)


def example_row(
    origin: str, example: Example, documents: Collection[str], answers: Mapping[str, str]
) -> dict[str, Any]:
    """Return one example's row for validation; ``answers`` maps digest → origin of all with its question."""
    others = [first for key, first in islice(answers.items(), SHOWN + 1) if key != example.digest][:SHOWN]
    more = len(answers) - 1 - len(others)
    first = answers[example.digest]
    words = sum(len(m["content"].split()) for m in example.messages)
    return {
        "item": origin,
        "parse_error": None,
        "roles_ok": True,
        "last_is_assistant": True,
        "completion_length": len(example.completion),
        "missing_cites": ", ".join(c for c in example.cites if c not in documents) or None,
        "duplicate_of": first if first != origin else None,
        "contradicts": (", ".join(others) + (f" and {more} more" if more else "")) or None,
        "tokens": math.ceil(words * WORDS_TO_TOKENS),
    }
