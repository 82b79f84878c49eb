"""Finds credentials in a text by the formats of ``secret_rules``. The credential itself is never told."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pointsman.adapters.validation.sensitive import private_keys, url_passwords
from pointsman.adapters.validation.sensitive.folded_text import fold
from pointsman.adapters.validation.sensitive.placeholders import is_certain, is_likely, is_presented
from pointsman.adapters.validation.sensitive.secret_rules import JWT, RULES, SHORTEST, SecretRule

NEAR_BEFORE, NEAR_AFTER = 300, 200
"""Characters before and after a value in which a word of ``SecretRule.near`` may stand."""
JOHN_DOE = re.compile(r"(?i)john[ _.-]?doe|jane[ _.-]?doe|1234567890|example|foo|\bbar\b|\bjoe\b")
"""What the payload of an example token holds: the placeholder names of jwt.io and of the RFC."""


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A credential or a number in a text."""

    kind: str
    value: str = field(repr=False)
    """The value in its plain form. It goes into a fingerprint and nowhere else."""
    at: int
    """Offset in the text that was searched."""


def find_secrets(text: str) -> list[str]:
    """Return the kind and line of every credential in ``text`` (``"AWS Access Key (line 3)"``), by line."""
    folded = fold(text)
    lines = sorted({(folded.count("\n", 0, found.at) + 1, found.kind) for found in secrets_in(folded)})
    return [f"{kind} (line {line})" for line, kind in lines]


def secrets_in(text: str) -> Iterator[FoundValue]:
    """Yield the credentials in a folded text. What is an example is left out."""
    words = "\n".join({word for word in text.split() if len(word) >= SHORTEST})
    for rule in RULES:
        searched = words if rule.anchored else text
        if any(literal in searched for literal in rule.literals):
            yield from _by_rule(rule, text)
    if "eyJ" in text:
        yield from (
            FoundValue("JSON Web Token", found["value"], found.start())
            for found in _compiled(JWT).finditer(text)
            if not _is_example_token(found["value"])
        )
    yield from (FoundValue("Private Key", value, at) for value, at in private_keys.private_keys_in(text))
    yield from (FoundValue("Password in a URL", value, at) for value, at in url_passwords.url_passwords_in(text))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _by_rule(rule: SecretRule, text: str) -> Iterator[FoundValue]:
    for found in _matches(rule, text):
        value, begin, end = found["value"], *found.span()
        if rule.mixed and (value.isalpha() or not any(map(str.isdigit, value)) or not any(map(str.isalpha, value))):
            continue
        if rule.near and not _is_near(rule.near, text, begin, end):
            continue
        if not (is_certain(value) or (is_likely(value) and is_presented(text, begin, end))):
            yield FoundValue(rule.kind, found[0] if rule.anchored else value, begin)


def _matches(rule: SecretRule, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a rule: behind each of its literals where it is anchored, else anywhere."""
    if not rule.anchored:
        yield from _compiled(rule.pattern).finditer(text)
        return
    for literal in rule.literals:
        if literal in text:
            fixed = re.escape(literal)  # first, because an expression that begins with a literal is searched fast
            yield from _compiled(f"{fixed}(?<![A-Za-z0-9]{fixed}){rule.pattern}").finditer(text)


def _is_near(words: tuple[str, ...], text: str, begin: int, end: int) -> bool:
    around = text[max(0, begin - NEAR_BEFORE) : end + NEAR_AFTER].lower()
    return any(word in around for word in words)


def _is_example_token(token: str) -> bool:
    """Return whether a JSON Web Token is an example: its payload has a placeholder's name, or it is none at all."""
    header, payload, signature = token.split(".", 2)
    read, claims = _decoded(header), _decoded(payload)
    if not (isinstance(read, dict) and "alg" in read):
        return True
    return bool(JOHN_DOE.search(json.dumps(claims))) or is_certain(signature)


def _decoded(part: str) -> Any:
    """Return the JSON value of a part of a token; None where it is none."""
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
