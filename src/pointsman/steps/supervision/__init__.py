"""Accept examples and probes, watch what becomes stale, and draw training data."""
