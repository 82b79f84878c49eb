"""Documents, how they are cut into chunks, and how two corpora differ."""
