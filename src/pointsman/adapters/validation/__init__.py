"""Checks of documents, chunks, examples, probes and pairs."""
