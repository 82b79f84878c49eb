"""Qdrant: the embedded engine and the server."""
