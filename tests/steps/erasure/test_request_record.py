"""The record of an erasure that runs."""

import base64
import json

import pytest

from pointsman.adapters.erasure.archives import views
from pointsman.core.erasure.shingles import Shingles
from pointsman.core.erasure.tombstones import Tombstone
from pointsman.core.erasure.traces import Trace
from pointsman.steps.erasure.request import Request

TRACE = Trace(("people/jane.md",), Shingles.of(["Jane Doubtfire keeps seventeen violet umbrellas."]))
REQUEST = Request(
    "f1", TRACE, Tombstone("f1", "salt", frozenset({"n"}), texts=frozenset({"t"})), "asked by people/jane.md"
)


def test_the_search_does_not_find_the_document_in_the_record_of_its_own_erasure() -> None:
    raw = json.dumps(REQUEST.as_json()).encode()
    assert not any(TRACE.find_in(view) for view in views(raw))


@pytest.mark.parametrize("version", ["present", "earlier"])
def test_a_record_is_read_also_one_that_an_earlier_version_wrote(version: str) -> None:
    value = REQUEST.as_json()
    if version == "earlier":
        value = {"id": "f1", "packed": base64.b64encode(base64.b85decode(value["packed85"])).decode()}
    assert Request.from_json(value) == REQUEST
