"""A screen for text in documents that gives orders to a language model."""
