"""Removes credentials from addresses and from texts that quote addresses."""

import re
from urllib.parse import unquote

CREDENTIALS = re.compile(
    r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)(?:[^/\s'\"<>?#]*@|(?!arn:)[^/\s:@'\"<>]+:(?!\d+/)[^\s@'\"<>]*@)"
)
"""``user:password@`` after a scheme. The second form is for a password with a slash, which is not a port."""

QUERY_SECRET = re.compile(
    r"(?P<name>[?&][^=&\s]*(?:key|token|password|secret|sig|signature)=)[^&\s#'\"]+", re.IGNORECASE
)
"""A parameter in the query of a URL whose name says that its value is secret."""

SHORTEST_SECRET = 4
"""Shortest password, in characters, that is masked everywhere: a shorter one would mask half of the text."""


def without_credentials(text: str) -> str:
    """Return ``text`` without ``user:password@`` in its URLs, and with secret query values as ``***``."""
    return QUERY_SECRET.sub(r"\g<name>***", CREDENTIALS.sub(r"\g<scheme>", text))


def secrets_of(url: str) -> tuple[str, ...]:
    """Return the parts of a URL that nobody may see, longest first: user and password, password, query secrets."""
    carried = CREDENTIALS.match(url)
    found = {match[0].partition("=")[2] for match in QUERY_SECRET.finditer(url)}
    if carried and ":" in (pair := carried[0].removeprefix(carried["scheme"]).removesuffix("@")):
        password = pair.partition(":")[2]
        found |= {pair, unquote(pair), password, unquote(password)}
    return tuple(sorted((f for f in found if len(f) >= SHORTEST_SECRET), key=lambda secret: (-len(secret), secret)))


def masked(text: str, url: str) -> str:
    """Return ``text``, for example a driver's message about ``url``, without any credentials of that URL."""
    text = without_credentials(text)
    for secret in secrets_of(url):
        text = text.replace(secret, "***")
    return text
