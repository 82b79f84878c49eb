"""Models: found, fingerprinted, loaded; embedders, reranker, generator."""
