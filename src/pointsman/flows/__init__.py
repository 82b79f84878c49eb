"""Prefect flows: when a refresh or the upkeep runs.

``pointsman.bootstrap`` switches telemetry off, so it is imported before Prefect.
"""

import pointsman.bootstrap  # noqa: F401 - switches telemetry off first
