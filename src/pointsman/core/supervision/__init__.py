"""Examples and probes: how they are read, split, checked, and when they become stale."""
