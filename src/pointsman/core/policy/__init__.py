"""The decision: evidence and limits in, decision out."""
