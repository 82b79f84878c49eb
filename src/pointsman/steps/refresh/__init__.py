"""The refresh: the whole loop once."""
