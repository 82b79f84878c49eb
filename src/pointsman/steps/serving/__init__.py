"""Serving: search and answers from the live release."""
