"""Secrets of the environment and passwords in URLs are hidden in messages."""

import pytest

from pointsman.settings.secrets import without_secrets

ENVIRONMENT = {
    "QDRANT_API_KEY": "qd-12345678", "HTTPS_PROXY": "http://ann:proxy%2Dword@proxy:3128", "HOME": "/home/ann",
    "TOKENIZERS_PARALLELISM": "false", "SSH_KEY": "/home/ann/.ssh/id", "MLFLOW_TRACKING_PASSWORD": "swordfish",
    "SHORT_KEY": "abc", "MAX_TOKENS": "4096",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("refused qd-12345678", "refused ***"),
        ("proxy http://ann:proxy%2Dword@proxy:3128 is away", "proxy http://proxy:3128 is away"),
        ("user ann:proxy-word", "user ***"),
        ("password proxy-word", "password ***"),
        ("swordfish or not", "*** or not"),
        ("https://u:pw-of-url@host/x?token=abcdef&a=1", "https://host/x?token=***&a=1"),
        ("false, /home/ann/.ssh/id, abc and 4096 stay", "false, /home/ann/.ssh/id, abc and 4096 stay"),
    ],
)
def test_secrets_are_hidden_and_the_rest_stays(text: str, shown: str) -> None:
    assert without_secrets(text, ENVIRONMENT) == shown
