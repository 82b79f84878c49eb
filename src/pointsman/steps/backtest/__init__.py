"""Run the history of a store again, with other params."""
