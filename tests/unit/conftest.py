"""Unit tests reach nothing outside and load no model."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _no_socket() -> Iterator[None]:
    """Refuse every socket while a unit test runs."""
    disable_socket()
    yield
    enable_socket()
