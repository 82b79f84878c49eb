"""Names under which the last run is remembered."""

QUIET = "quiet"
"""Memory: the mark of the last look that found nothing to do and nothing owed, and its report."""

LAST = "last"
"""Memory: the situation of the last refresh that left nothing to do, and how often it came again."""
