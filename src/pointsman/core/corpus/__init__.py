"""Documents, their chunks, and the difference between two corpora."""
