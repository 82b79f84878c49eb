"""Reports of a decision: a page, a note, plots."""
