"""The index track: prepare, embed and stage a revision; rebuild, compare and collect collections."""
