"""Hides what nobody may read in a message: passwords in URLs, and the secret values of the environment."""

import os
import re
from collections.abc import Iterator, Mapping

from pointsman.core.credentials import SHORTEST_SECRET, secrets_of, without_credentials

SECRET_NAME = re.compile(r"KEY|TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIAL|AUTH_STRING", re.IGNORECASE)
"""Names of environment variables whose whole value is secret."""
HARMLESS = re.compile(r"(?i)true|false|yes|no|none|on|off|auto|[\d.]+|/\S*")
"""Values that are a switch, a number or a path, whatever the name says; hiding them would blank half of a message."""


def without_secrets(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return ``text`` without user and password in its URLs, and with ``***`` for each secret of the environment."""
    found = set(_secrets(os.environ if environment is None else environment))
    for secret in sorted(found, key=lambda each: (-len(each), each)):
        text = text.replace(secret, "***")
    return without_credentials(text)


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        if "://" in value:
            yield from secrets_of(value)
        elif SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET and not HARMLESS.fullmatch(value):
            yield value
