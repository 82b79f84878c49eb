"""Memory keys of the last run."""

IDLE = "quiet"
"""Memory key: fingerprint and report of the last check that found nothing to do and no debt."""

LAST_RUN = "last"
"""Memory key: workspace state after the last refresh, and the number of checks since then that found it unchanged."""
