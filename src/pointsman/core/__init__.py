"""Why: the decisions, as pure functions of values. No IO, no vendor, no clock, no unseeded randomness."""
