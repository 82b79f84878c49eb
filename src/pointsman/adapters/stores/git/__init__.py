"""A git repository at a revision as a document store."""
