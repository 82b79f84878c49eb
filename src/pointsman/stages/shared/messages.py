"""What a stage prints."""

_shown: dict[str, int] = {}
"""The percentage of each task that was printed last."""


def show_progress(label: str, done: int, total: int) -> None:
    """Print how far a task is, on a line of its own, at most once per percent."""
    percent = done * 100 // total if total else 100
    if done == total or _shown.get(label) != percent:
        _shown[label] = percent
        print(f"{label}: {done} of {total}", flush=True)


def plural(n: int, noun: str, nouns: str | None = None) -> str:
    """Return a number with its noun: ``1 chunk``, ``2 chunks``; ``nouns`` is an irregular plural."""
    return f"{n} {noun}" if n == 1 else f"{n} {nouns or noun + 's'}"
