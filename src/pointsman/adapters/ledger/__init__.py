"""Ledgers: files in the workspace, or a collection of a Qdrant server."""
