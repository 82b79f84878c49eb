"""Observe: compare the store, the examples and params.yaml with the live release."""
