"""What the documents lost since they were last judged, not only since the last run."""
