"""Serve passages and answers from the live release."""
