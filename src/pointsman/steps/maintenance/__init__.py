"""The doctor: compare sources, manifest and collection, and repair."""
