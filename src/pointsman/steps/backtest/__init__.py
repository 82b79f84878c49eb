"""Replay the history of a store, with the present or with other parameters."""
