"""Traits of a text: its length, letters, encoding, language and kind of page, and how a change moves them."""
