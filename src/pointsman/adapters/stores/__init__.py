"""Document stores: local folders, fsspec URLs, git repositories."""
