"""Gates: promote, refuse or inconclusive, each with the number that decided."""
