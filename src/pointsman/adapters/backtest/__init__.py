"""A workspace in memory, in which a history is run again."""
