"""When: Prefect flows.

``pointsman.bootstrap`` switches telemetry off; it is imported before Prefect is.
"""

import pointsman.bootstrap  # noqa: F401 - telemetry off first
