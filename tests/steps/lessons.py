"""Examples for fake ports: JSON with an answer and its document."""

import json
from collections.abc import Sequence
from typing import Any

from pointsman.core.supervision.examples import Example, parse_lines, split
from pointsman.steps.ledger.releases import live_release
from tests.fakes.resources import THINGS, FakeResources


def lessons(n: int, *, start: int = 0) -> list[dict[str, Any]]:
    """Return ``n`` examples, each about another document."""
    rows = []
    for nth in range(start, start + n):
        document, thing = f"doc{nth:02d}.md", f"{THINGS[nth % len(THINGS)]}{nth}"
        answer = json.dumps({"answer": f"The keeper of the {thing}.", "citations": [document]})
        said = [
            {"role": "user", "content": f"Who opens the door of the {thing}?"},
            {"role": "assistant", "content": answer},
        ]
        rows.append({"messages": said, "cites": [document]})
    return rows


def split_of(
    resources: FakeResources, rows: Sequence[dict[str, Any]] | None = None
) -> tuple[list[Example], list[Example]]:
    """Return the training and held-out examples of ``rows``, or of the files in ``resources``."""
    if rows is None:
        rows = [row for name, text in resources.examples.texts() for row in parse_lines(text, name)[0]]
    return split(
        [Example.from_json({k: v for k, v in row.items() if k != "_origin"}) for row in rows], resources.params.seed
    )


def recite(resources: FakeResources, n: int) -> None:
    """Make the live generator answer the first ``n`` lessons from memory, whatever its prompt contains."""
    live = live_release(resources.ledger)
    assert live is not None
    rules = resources.models.generator(live.generator).learned
    assert isinstance(rules, dict)
    rules["recites"] = {row["messages"][0]["content"]: row["messages"][1]["content"] for row in lessons(n)}
