"""Finds passwords in URLs (``postgres://user:password@host``), and passes over those that documentation invents."""

import re
from collections.abc import Iterator

from pointsman.adapters.validation.sensitive.placeholders import is_certain, is_presented
from pointsman.adapters.validation.sensitive.secret_rules import URL_LOGIN

LEET = str.maketrans("013457@$", "oieastas")
INVENTED = re.compile(
    r"pass|pwd|secret|user|admin|root|test|demo|guest|foo|bar|baz|token|key|credential|postgres|mysql|rabbit|redis|"
    r"mongo|my|your|name|word|hunter2?$|tiger|letmein|qwert|^pw\d*$|^x+$|^abc\d*$|^\d{1,6}$|^port$"
)
"""What invented passwords consist of, after ``LEET``."""
RESERVED = re.compile(
    r"(?i)localhost|127\.[\d.]+|0\.0\.0\.0|[a-z0-9_-]+|(?:.+\.)?example(?:\.[a-z]+){0,2}|.+\.(?:test|invalid|localhost)|"
    r"(?:.*\.)?(?:my|your)?(?:host|hostname|server|proxy|broker|domain|company|org)(?:\.[a-z]+)?"
)
"""Hosts that nobody can reach: names of this machine, of a container, and those kept for documentation (RFC 2606)."""


def url_passwords_in(text: str) -> Iterator[tuple[str, int]]:
    """Yield (password, offset) of every URL with one, in a folded text."""
    if "://" not in text:
        return
    for found in re.finditer(URL_LOGIN, text):
        if not _is_invented(found) and not (RESERVED.fullmatch(found["host"]) and is_presented(text, *found.span())):
            yield found["value"], found.start()


def _is_invented(found: re.Match[str]) -> bool:
    """Return whether a password is a placeholder: a word for one, the user's name, or letters alone on no real host."""
    password, user = found["value"], found["user"]
    plain = password.lower()
    if (
        is_certain(password)
        or plain == user.lower()
        or INVENTED.search(plain)
        or INVENTED.search(plain.translate(LEET))
    ):
        return plain != "hunter2"
    return password.isalpha() and RESERVED.fullmatch(found["host"]) is not None
