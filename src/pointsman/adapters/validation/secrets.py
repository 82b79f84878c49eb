"""Finds credentials in documents with detect-secrets, in memory, without subprocesses or network checks."""

from collections.abc import Iterator
from functools import cache
from typing import Any

DETECTORS = (
    "aws.AWSKeyDetector",
    "azure_storage_key.AzureStorageKeyDetector",
    "discord.DiscordBotTokenDetector",
    "github_token.GitHubTokenDetector",
    "gitlab_token.GitLabTokenDetector",
    "jwt.JwtTokenDetector",
    "mailchimp.MailchimpDetector",
    "npm.NpmDetector",
    "openai.OpenAIDetector",
    "private_key.PrivateKeyDetector",
    "pypi_token.PypiTokenDetector",
    "sendgrid.SendGridDetector",
    "slack.SlackDetector",
    "square_oauth.SquareOAuthDetector",
    "stripe.StripeDetector",
    "telegram_token.TelegramBotTokenDetector",
    "twilio.TwilioKeyDetector",
)
"""Detectors of tokens with a distinct format. Others are left out, because they take much of normal documentation for
secrets: high entropy, keywords (``SECRET_KEY = ...``), basic auth in URLs, public addresses, and those that look for an
assignment or a short prefix (Artifactory, Cloudant, IBM, SoftLayer)."""


def find_secrets(text: str) -> list[str]:
    """Return the kind and line of every credential in ``text`` (``"AWS Access Key (line 3)"``), by line.

    The credential itself is never returned. A detector's expressions are tried on the whole text first; only when one
    matches, line by line.
    """
    found: set[tuple[int, str]] = set()
    for detector in _detectors():
        if not any(pattern.search(text) for pattern in detector.denylist):
            continue
        found.update((line, detector.secret_type) for line in _lines(detector, text))
    return [f"{kind} (line {line})" for line, kind in sorted(found)]


def _lines(detector: Any, text: str) -> Iterator[int]:
    """Yield the numbers, from 1, of the lines on which a detector finds something."""
    for number, line in enumerate(text.splitlines(), 1):
        if any(True for _ in detector.analyze_string(line)):
            yield number


@cache
def _detectors() -> tuple[Any, ...]:
    """Return the detectors, made once."""
    from importlib import import_module

    made = []
    for name in DETECTORS:
        module, _, kind = name.partition(".")
        made.append(getattr(import_module(f"detect_secrets.plugins.{module}"), kind)())
    return tuple(made)
