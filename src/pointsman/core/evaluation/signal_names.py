"""Names of signals that more than one rule reads. They are stored in records: never rename one."""

DERIVED_GAP = "residual.retrieval.gap"
"""Of derived probes: sentences of the documents."""

GOLDEN_GAP = "residual.retrieval.asked"
"""Of held-out golden probes: what people ask, in their words."""

GOLDEN_GAP_NEW, GOLDEN_GAP_CONTROL = "probes.asked.new", "probes.asked.control"
"""The two sides of the latter, a share each."""

SHAPE = "residual.behaviour.shape_valid"

CITATION = "residual.behaviour.citation_correct"

DECLINED = "residual.behaviour.declined"
"""Of the held-out questions that have no answer: those that the generator declines."""

FORM_AGREEMENT = "residual.behaviour.form_told"
"""Of the new examples, where there are several forms: those whose nearest other conversation has their form."""

TAINT = "examples.tainted"

MEMORIZED = "residual.behaviour.recited"
"""Of the stale examples that the live generator learned and that could be asked: answered from the replaced text."""
