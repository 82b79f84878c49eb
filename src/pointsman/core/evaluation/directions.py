"""Which way each measure is better, in words: for reports and for the command line."""

HIGHER, LOWER = "higher is better", "lower is better"

LESS_IS_BETTER = frozenset({
    "gap", "asked", "nll", "nll_gap", "nll_change", "recited", "false_refusal", "tainted",
})  # fmt: skip
"""Last parts of the names of measures of which less is better: losses, gaps, and shares of what should not happen."""

MORE_IS_BETTER = frozenset({
    "shape_valid", "citation_correct", "citation_supported", "declined", "form_told", "token_f1", "exact_match",
    "refusal", "gain", "hit_change",
})  # fmt: skip
"""Last parts of the names of measures of which more is better."""

BASELINES = ("shape.", "citation.", "declined.")
"""How the names begin of what an untrained model reaches with examples in its prompt, or with constrained decoding."""


def direction(name: str) -> str | None:
    """Return which way a measure is better, by the name of its signal or score; None for a plain count or fact.

    >>> direction("residual.behaviour.nll")
    'lower is better'
    """
    last = name.rpartition(".")[2]
    if name.startswith("drift."):
        return "a p-value: lower means more drift"
    if name.startswith("probes.failed."):
        return LOWER
    if last in LESS_IS_BETTER and not name.startswith("probes."):
        return LOWER
    if last in MORE_IS_BETTER or name.startswith("probes.") or name.removeprefix("base.").startswith(BASELINES):
        return HIGHER
    return None
