"""Memory keys of the last run."""

IDLE = "quiet"
"""Memory key: fingerprint and report of the last check that found nothing to do and no debt."""

LAST_RUN = "last"
"""Memory key: key of the state after the last refresh, its decision, and the number of refreshes without a change."""
