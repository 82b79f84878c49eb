"""Forget a document: find it, request its erasure, erase it everywhere, and verify that it is gone."""
