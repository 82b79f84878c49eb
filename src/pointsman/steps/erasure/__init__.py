"""Forget a document: request, erase, trace, verify."""
