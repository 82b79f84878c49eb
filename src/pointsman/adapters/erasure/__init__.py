"""Removes a forgotten document from the files of a workspace, and searches them for what is left of it."""
