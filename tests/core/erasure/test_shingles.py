"""Copies of a text are recognised in any bytes, and nothing else is."""

import bz2
import gzip
import html
import io
import json
import lzma
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.erasure.archives import views
from pointsman.core.erasure.redaction import redacted, redacted_text
from pointsman.core.erasure.shingles import STRIDE, WINDOW, Shingles, hashed, plain
from pointsman.core.erasure.traces import Trace

TEXT = 'Jane`s "seventeen" violet umbrellas\nstand in the attic & the lighthouse at Quenby Sands, über alles.'
SHINGLES = Shingles.of([TEXT])


def zipped(raw: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member.txt", raw)
    return file.getvalue()


COPIES = {
    "as it is": TEXT.encode(),
    "upper case": TEXT.upper().encode(),
    "wrapped": TEXT.replace(" ", "\n    ").encode(),
    "JSON": json.dumps({"text": TEXT}).encode(),
    "JSON in JSON": json.dumps(json.dumps(json.dumps(TEXT))).encode(),
    "HTML": html.escape(TEXT).encode(),
    "among zeros": b"\0" * 100_000 + TEXT.encode() + b"\0" * 100_000,
    "UTF-16 with a mark": TEXT.encode("utf-16"),
    "UTF-16": ("some more of it " * 400 + TEXT).encode("utf-16-be"),
    "gzip": gzip.compress(TEXT.encode()),
    "gzip after other bytes": b"anything" + gzip.compress(b"first") + gzip.compress(TEXT.encode()),
    "zlib": zlib.compress(TEXT.encode()),
    "bzip2": bz2.compress(TEXT.encode()),
    "xz": lzma.compress(TEXT.encode()),
    "zip": zipped(TEXT.encode()),
    "gzip in zip": zipped(gzip.compress(TEXT.encode())),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES.keys())
def test_a_copy_is_recognised_in_any_form(copy: bytes) -> None:
    assert max(len(SHINGLES.found_in(view)) for view in views(copy)) > 0


def test_another_text_is_not_recognised() -> None:
    assert not SHINGLES.found_in(b"Seventeen red umbrellas stood in an attic, and a lighthouse was far away." * 100)


def test_something_that_only_looks_packed_is_read_as_it_is() -> None:
    for raw in (b"\x1f\x8b\x08broken", b"\x78\x9cbroken", b"BZhbroken", b"\xfd7zXZ\x00broken", b"PK\x03\x04broken"):
        assert next(views(raw)) == raw
        assert not any(SHINGLES.found_in(view) for view in views(raw))


@given(st.integers(0, 60), st.integers(0, 60))
def test_every_copy_of_window_and_stride_bytes_is_found_and_a_shorter_one_than_a_window_is_not(a: int, b: int) -> None:
    words = plain(b"abcdefgh ijklmnop qrstuvwx yz012345 6789 lighthouse umbrellas ")
    part = words[a : a + b].strip()
    found = Shingles.of([words.decode()]).found_in(part)
    if len(part) >= WINDOW + STRIDE - 1:
        assert found
    if len(part) < WINDOW:
        assert not found


@given(st.binary(max_size=80))
def test_a_window_hashes_alike_wherever_it_stands(raw: bytes) -> None:
    whole = hashed(raw)
    assert len(whole) == max(0, len(raw) - WINDOW + 1)
    for at in range(len(whole)):
        assert hashed(raw[at : at + WINDOW])[0] == whole[at]


def test_what_others_say_too_is_left_out() -> None:
    left = SHINGLES.without(["Everybody knows that violet umbrellas stand in the attic of most houses."])
    assert 0 < len(left) < len(SHINGLES)
    assert not SHINGLES.without([TEXT])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("guide/a.md", True),
        ("see guide/a.md.", True),
        ('["guide/a.md"]', True),
        ("/srv/docs/guide/a.md", True),
        ("guide%2Fa.md", False),
        ("other/guide/a.md", False),
        ("guide/a.mdx", False),
        ("guide/a.md/b", False),
        ("my-guide/a.md", False),
    ],
)
def test_an_id_counts_only_where_it_stands_by_itself(text: str, named: bool) -> None:
    trace = Trace(("guide/a.md",), roots=("docs",))
    assert trace.named_in(text) is named
    assert bool(trace.find_in(text.encode())) is named


def test_an_id_beyond_ascii_is_found_escaped_as_well() -> None:
    trace = Trace(("büro/größe.md",))
    assert trace.find_in(json.dumps(["büro/größe.md"]).encode())
    assert trace.find_in(b"b%C3%BCro/gr%C3%B6%C3%9Fe.md")


def test_a_row_that_names_it_goes_whole_and_the_rest_stays() -> None:
    trace = Trace(("a.md",), SHINGLES)
    record = {
        "changed": {"edited": ["a.md", "b.md"], "renamed": [["a.md", "c.md"], ["d.md", "e.md"]]},
        "items": [{"id": 1, "said": TEXT}, {"id": 2, "said": "no"}, {"id": 3, "cites": ["a.md"]}],
        "documents": {"a.md": 1, "b.md": 2},
        "why": "a.md is empty",
        "n": 3,
    }
    assert redacted(record, trace.occurs_in, "X") == {
        "changed": {"edited": ["X", "b.md"], "renamed": [["d.md", "e.md"]]},
        "items": [{"id": 2, "said": "no"}],
        "documents": {"b.md": 2},
        "why": "X",
        "n": 3,
    }


def test_a_text_that_is_no_json_is_cleaned_by_line_or_not_kept() -> None:
    trace = Trace(("a.md",), SHINGLES)
    assert redacted_text("one\nabout a.md\ntwo", trace.occurs_in, "X") == "one\nX\ntwo"
    assert redacted_text(TEXT.replace(" ", "\n"), trace.occurs_in, "X") == "X"
    assert redacted_text("nothing", trace.occurs_in, "X") == "nothing"


def test_a_trace_comes_back_from_json() -> None:
    trace = Trace(("a.md",), SHINGLES, frozenset({"d"}), ("docs",))
    assert Trace.from_json(json.loads(json.dumps(trace.as_json()))) == trace
