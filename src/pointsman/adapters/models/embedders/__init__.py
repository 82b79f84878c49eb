"""Embedders: text to vectors, with OpenVINO or PyTorch, and a cache of vectors."""
