"""Logs: JSON lines on stderr with ``--log-json``, else only warnings, as lines for people."""

import json
import logging
import os
import sys
from datetime import UTC, datetime

from pointsman.core.visible import visible, visible_json
from pointsman.settings.secrets import without_secrets

JSON_LOGS = "POINTSMAN_LOG_JSON"
"""Environment variable: anything but empty and 0 turns on JSON logs, in child processes too."""

FIELDS = ("code", "decision", "release", "trigger", "step", "done", "total")
"""What a record may carry beside its message."""

QUIET = (
    "prefect",
    "mlflow",
    "alembic",
    "sqlalchemy",
    "great_expectations",
    "dvc",
    "httpx",
    "transformers",
    "matplotlib",
)
"""Loggers of libraries that say nothing below an error."""


class JsonLogFormatter(logging.Formatter):
    """A record as one JSON object: time, level, message, logger, and the ids that it carries."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        value = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": without_secrets(record.getMessage()),
            "logger": record.name,
        }
        value |= {name: found for name in FIELDS if (found := getattr(record, name, None)) not in (None, "")}
        return visible_json(json.dumps(value, ensure_ascii=False))


class PlainLogFormatter(logging.Formatter):
    """A record as one line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return visible(f"pointsman: {without_secrets(record.getMessage())}")


def set_up_logs(*, as_json: bool, debug: bool) -> None:
    """Send the logs of Pointsman to stderr, and keep those of libraries quiet."""
    as_json = as_json or os.environ.get(JSON_LOGS, "") not in {"", "0"}
    if as_json:
        os.environ[JSON_LOGS] = "1"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLogFormatter() if as_json else PlainLogFormatter())
    logger = logging.getLogger("pointsman")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if debug else logging.INFO if as_json else logging.WARNING)
    if not as_json:  # the command itself says its error, on one line
        logging.getLogger("pointsman.error").setLevel(logging.CRITICAL + 1)
    if not debug:
        _quiet_libraries()


def logs_are_json() -> bool:
    """Tell whether logs are written as JSON lines: progress and errors are among them then."""
    return any(isinstance(handler.formatter, JsonLogFormatter) for handler in logging.getLogger("pointsman").handlers)


def _quiet_libraries() -> None:
    """Let libraries say errors alone; Prefect's tracebacks of errors that the command says itself are left out."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
