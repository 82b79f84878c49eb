"""Observe: what the store and the examples hold, against what is live."""
