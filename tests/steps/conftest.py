"""Desks for the tests of the loop."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.desk import FakeDesk, fake_desk, pages


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., FakeDesk]:
    """Return what opens a desk over documents, or over that many pages, with sections of params.yaml."""

    def build(documents: Mapping[str, bytes | str] | int = 6, **sections: Any) -> FakeDesk:
        return fake_desk(tmp_path, pages(documents) if isinstance(documents, int) else documents, **sections)

    return build
