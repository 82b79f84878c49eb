"""Parsers: bytes of each format into blocks of text."""
