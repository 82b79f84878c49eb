"""Edits: whether an edit of a document changed a fact or only the wording."""
