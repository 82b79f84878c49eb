"""Addresses that may carry credentials, and texts that may show them."""

import re
from urllib.parse import unquote

CREDENTIALS = re.compile(
    r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)(?:[^/\s'\"<>?#]*@|(?!arn:)[^/\s:@'\"<>]+:(?!\d+/)[^\s@'\"<>]*@)"
)
"""``user:password@`` after a scheme; the second form has a slash in its password, which is no port."""

QUERY_SECRET = re.compile(
    r"(?P<name>[?&][^=&\s]*(?:key|token|password|secret|sig|signature)=)[^&\s#'\"]+", re.IGNORECASE
)

SHORTEST_SECRET = 4
"""Characters below which a password alone is not looked for in a text: it would mask half of it."""


def without_credentials(text: str) -> str:
    """Return ``text`` with ``user:password@`` taken out of every URL, and secret query values masked."""
    return QUERY_SECRET.sub(r"\g<name>***", CREDENTIALS.sub(r"\g<scheme>", text))


def secrets_of(url: str) -> tuple[str, ...]:
    """Return what of a URL must not be shown: its password (with its user, and alone), and the secrets of its query."""
    carried = CREDENTIALS.match(url)
    found = {match[0].partition("=")[2] for match in QUERY_SECRET.finditer(url)}
    if carried and ":" in (pair := carried[0].removeprefix(carried["scheme"]).removesuffix("@")):
        password = pair.partition(":")[2]
        found |= {pair, unquote(pair), password, unquote(password)}
    return tuple(sorted((f for f in found if len(f) >= SHORTEST_SECRET), key=lambda secret: (-len(secret), secret)))


def masked(text: str, url: str) -> str:
    """Return ``text``, such as a driver's message about ``url``, without any credentials of that URL."""
    text = without_credentials(text)
    for secret in secrets_of(url):
        text = text.replace(secret, "***")
    return text
