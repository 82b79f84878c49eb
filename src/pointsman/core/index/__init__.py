"""Points and revisions, filters, hits, and how a revision is reached."""
