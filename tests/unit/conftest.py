"""Unit tests reach nothing outside, load no model and take little time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pytest_socket import disable_socket, enable_socket

HERE = Path(__file__).parent

settings.register_profile("unit", max_examples=60, deadline=None)


@pytest.fixture(autouse=True)
def _no_socket() -> Iterator[None]:
    """Refuse every socket while a unit test runs."""
    disable_socket()
    yield
    enable_socket()


@pytest.fixture(autouse=True, scope="package")
def _quick() -> Iterator[None]:
    """Draw so many examples for each property that the folder runs in seconds."""
    before = settings.get_current_profile_name()
    settings.load_profile("unit")
    yield
    settings.load_profile(before)
