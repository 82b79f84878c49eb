"""Names of signals that more than one rule reads. They are stored in records: never rename one."""

DERIVED_GAP = "residual.retrieval.gap"
"""Of derived probes: sentences of the documents."""

DERIVED_NEW, DERIVED_CONTROL = "probes.derived.new", "probes.derived.control"
"""The two sides of ``DERIVED_GAP``, a share each."""

GOLDEN_GAP = "residual.retrieval.asked"
"""Of held-out golden probes: questions in people's own words."""

GOLDEN_GAP_NEW, GOLDEN_GAP_CONTROL = "probes.asked.new", "probes.asked.control"
"""The two sides of ``GOLDEN_GAP``, a share each."""

GOLDEN_STAGED = "probes.golden.staged"
"""All golden probes that were asked on the staged revision."""

SHAPE = "residual.behaviour.shape_valid"

CITATION = "residual.behaviour.citation_correct"

DECLINED = "residual.behaviour.declined"
"""Of the held-out questions that have no answer: those that the generator declines."""

FORM_AGREEMENT = "residual.behaviour.form_told"
"""Where the examples have several forms: the new ones whose most similar other conversation has the same form."""

TAINT = "examples.tainted"

MEMORIZED = "residual.behaviour.recited"
"""Of the learned examples that are stale and could be asked: those answered from the replaced text."""
