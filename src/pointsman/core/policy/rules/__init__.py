"""The rules of the tracks: what proposes an index change or a training, and whether a training may begin."""
