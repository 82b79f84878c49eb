"""Points and revisions, filters, hits, and the way from one revision to the next."""
