"""A workspace in memory, for backtests: a history of documents is refreshed again, and nothing is written."""
