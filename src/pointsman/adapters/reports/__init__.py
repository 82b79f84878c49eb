"""Reports for people: the page and the note of a decision, the page of a backtest, and their plots."""
