"""What can be read in packed bytes, whole or damaged."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pytest

from pointsman.adapters.erasure import archives
from pointsman.adapters.erasure.archives import views

TEXT = b"Jane Doubtfire keeps seventeen violet umbrellas. "
NOISE = np.random.default_rng(1).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "zlib": zlib.compress, "bzip2": bz2.compress, "xz": lzma.compress,
}  # fmt: skip
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def shows(raw: bytes, text: bytes = TEXT) -> bool:
    return any(text in view for view in views(raw))


def archive(method: int, *members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for number, content in enumerate(members):
            packed.writestr(f"{number}.bin", content)
    return file.getvalue()


@pytest.mark.parametrize("packer", PACKERS)
def test_a_text_is_seen_through_each_packing_and_one_within_another(packer: str) -> None:
    assert shows(PACKERS[packer](TEXT))
    assert shows(gzip.compress(PACKERS[packer](NOISE + TEXT)))
    assert not shows(PACKERS[packer](NOISE))


@pytest.mark.parametrize("packer", PACKERS)
def test_what_stands_before_the_damage_is_seen(packer: str) -> None:
    packed = bytearray(PACKERS[packer](TEXT + NOISE * 12))
    packed[-200_000:-100_000] = bytes(100_000)
    assert shows(bytes(packed))
    assert shows(bytes(packed[:-300_000])), "cut off"


@pytest.mark.parametrize("method", METHODS)
def test_a_damaged_member_hides_no_other(method: int) -> None:
    packed = bytearray(archive(method, NOISE, TEXT * 3))
    packed[100:200_000] = bytes(199_900)
    assert shows(bytes(packed))


def test_an_encrypted_member_hides_no_other() -> None:
    packed = bytearray(archive(zipfile.ZIP_DEFLATED, NOISE, TEXT * 3))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + flags] |= 1
    assert shows(bytes(packed))


def test_bytes_that_only_look_packed_are_seen_as_they_are() -> None:
    for mark in (b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"\x78\x9c"):
        assert shows(mark + TEXT)


@pytest.mark.parametrize("packer", [*PACKERS, "zip"])
def test_what_is_unpacked_is_bounded(packer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST", 70_000)
    zeros = bytes(5_000_000)
    packed = PACKERS[packer](zeros) if packer in PACKERS else archive(zipfile.ZIP_DEFLATED, zeros)
    inner = [len(view) for view in views(packed)][1:]
    assert 0 < max(inner) <= 70_000


def test_no_piece_is_larger_than_the_bound_however_well_it_was_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST", 70_000)
    for engine, pack in ((zlib.decompressobj(), zlib.compress), (bz2.BZ2Decompressor(), bz2.compress)):
        assert max(map(len, archives._pieces(engine, pack(bytes(5_000_000))))) <= 70_000
