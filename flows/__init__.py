"""When: Prefect flows, and the wiring that names the adapters.

Telemetry of the libraries below is off wherever these flows run: it must be set before they are imported.
"""

import os

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "1")
