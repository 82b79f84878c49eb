"""Forgetting a document: traces, tombstones, redaction."""
