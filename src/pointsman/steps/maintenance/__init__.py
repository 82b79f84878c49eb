"""The doctor: compare source, manifest and collection, and heal."""
