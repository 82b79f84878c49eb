"""The walls of this folder stand."""

import os
import socket

import pytest
from hypothesis import settings
from pytest_socket import SocketBlockedError


def test_a_unit_test_cannot_reach_out() -> None:
    with pytest.raises(SocketBlockedError):
        socket.socket()


def test_nothing_is_fetched_and_nothing_is_reported() -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert settings.default is not None
    assert settings.default.deadline is None
