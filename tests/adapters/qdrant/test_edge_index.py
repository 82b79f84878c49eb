"""What the embedded index alone must do: files, a second process, and crashes."""

import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.errors import IndexDamaged, ModelMismatch
from pointsman.core.hashing import digest
from tests.ports.points import DIMENSION, chunk, everything, put, texts


def test_an_embedded_index_is_as_it_was_when_opened_again(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    index.create("books", DIMENSION)
    put(index, "books", [chunk("one"), chunk("two")])
    before = everything(index, "books")
    index.close()
    index.close()

    again = EdgeIndex(tmp_path)

    assert again.collections() == ["books"]
    assert everything(again, "books") == before
    with pytest.raises(ModelMismatch):
        again.create("books", DIMENSION + 1)
    again.close()
    assert everything(index, "books") == before
    index.close()


def test_listing_collections_needs_no_lock_and_makes_no_file(tmp_path: Path) -> None:
    assert EdgeIndex(tmp_path / "none").collections() == []
    assert not (tmp_path / "none").exists()
    holder = EdgeIndex(tmp_path)
    holder.create("books", DIMENSION)
    assert EdgeIndex(tmp_path, timeout=0).collections() == ["books"]
    holder.close()


def test_half_made_and_half_dropped_collections_are_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".making-books" / "shard" / "segments").mkdir(parents=True)
    (tmp_path / ".going-maps" / "shard").mkdir(parents=True)
    index = EdgeIndex(tmp_path)
    assert index.collections() == []

    index.create("books", DIMENSION)

    assert index.collections() == ["books"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "books"]
    index.close()


def test_an_unreadable_shard_is_reported_with_the_way_out(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    index.create("books", DIMENSION)
    index.close()
    (tmp_path / "books" / "shard" / "edge_config.json").write_text("{")

    with pytest.raises(IndexDamaged, match=r"books.*doctor"):
        index.count("books")
    index.close()


def run(code: str, root: Path) -> "subprocess.Popen[str]":
    """Start another process with the sample chunks as ``t`` and an index on ``root``."""
    start = f"""
        import os, sys, signal
        from pathlib import Path
        import tests.ports.points as t
        from pointsman.core.errors import IndexBusy
        from pointsman.adapters.qdrant.edge_index import EdgeIndex
        index = EdgeIndex(Path({str(root)!r}), timeout=0.2)
    """
    program = textwrap.dedent(start) + textwrap.dedent(code)
    here = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here
    )


def test_a_second_process_is_told_who_holds_the_index_and_what_to_do(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    index.create("books", DIMENSION)
    code = """
        try:
            index.count("books")
        except IndexBusy as error:
            print(error)
    """

    busy, _ = run(code, tmp_path).communicate(timeout=60)
    index.close()
    free, _ = run("print(index.count('books'))", tmp_path).communicate(timeout=60)

    assert str(tmp_path / ".lock") in busy
    assert "set QDRANT_URL for several processes" in busy
    assert free.strip() == "0"


def test_what_an_upsert_returned_from_survives_kill_9(tmp_path: Path) -> None:
    code = """
        index.create("books", t.DIMENSION)
        ids = t.put(index, "books", [t.chunk(f"passage {n}") for n in range(700)])
        index.retire("books", ids[:3], at=2)
        index.delete("books", ids[3:5])
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = run(code, tmp_path)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL

    index = EdgeIndex(tmp_path, timeout=0.2)

    assert (index.count("books"), index.count("books", revision=2)) == (698, 695)
    assert texts(index, "books", 1, text="passage 699", top_k=1) == ["passage 699"]
    assert len(index.vectors("books", [digest(f"passage {n}") for n in range(700)])) == 698
    index.close()


def test_kill_9_in_the_middle_of_writing_leaves_an_index_that_repeating_completes(tmp_path: Path) -> None:
    wanted = [chunk(f"passage {n}") for n in range(600)]
    code = """
        index.create("books", t.DIMENSION)
        wanted = [t.chunk(f"passage {n}") for n in range(600)]
        print("ready", flush=True)
        while True:
            for start in range(0, 600, 20):
                t.put(index, "books", wanted[start:start + 20])
                print(start, flush=True)
            index.delete("books", [each.point_id(1) for each in wanted])
    """
    for writes in (2, 17, 33):
        process = run(code, tmp_path)
        assert process.stdout is not None
        for _ in range(writes):
            assert process.stdout.readline()
        process.kill()
        process.communicate(timeout=60)

        index = EdgeIndex(tmp_path, timeout=0.2)
        put(index, "books", wanted)
        assert {held.id for held in index.points("books")} == {each.point_id(1) for each in wanted}
        assert texts(index, "books", 1, text="passage 599", top_k=1) == ["passage 599"]
        index.close()


def test_one_index_serves_all_threads_of_its_process(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path, timeout=0.2)
    index.create("books", DIMENSION)
    put(index, "books", [chunk("one")])
    index.create("maps", DIMENSION)

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(index.count, ["maps", "books"] * 20))
        pool.submit(index.close).result()

    assert counts == [0, 1] * 20
    EdgeIndex(tmp_path, timeout=0.2).drop("maps")
    assert index.collections() == ["books"]


def test_a_reader_is_never_cut_off_by_another_thread_that_closes_the_index_or_refines_it(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    index.create("books", DIMENSION)
    put(index, "books", [chunk(f"text {n}") for n in range(40)])
    stop = threading.Event()

    def reads() -> int:
        done = 0
        while not stop.is_set():
            assert index.count("books") == len(list(index.points("books"))) == 40
            found = index.search("books", revision=1, vector=None, text="text 7", top_k=5)
            assert found[0].text == "text 7"
            done += 1
        return done

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(reads) for _ in range(4)]
        try:
            for nth in range(60):
                index.optimize("books", ef=100) if nth % 20 == 19 else index.close()
        finally:
            stop.set()
        assert all(reader.result() > 0 for reader in readers)
    index.close()


def shard_bytes(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file())


def test_no_byte_of_an_erased_document_stays_on_disk_not_even_of_points_deleted_before(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    index.create("c-1", DIMENSION)
    put(index, "c-1", [chunk(f"plain text {n}") for n in range(20)])
    put(index, "c-1", [chunk("zorblax umbrella", document="secret.md")])
    index.delete("c-1", put(index, "c-1", [chunk("quenby parasol", document="secret.md")], born=2))
    index.close()
    assert all(word in shard_bytes(tmp_path) for word in (b"zorblax", b"quenby", b"secret.md"))
    index.erase("c-1", ["secret.md"])
    index.close()
    assert not [word for word in (b"zorblax", b"quenby", b"secret.md") if word in shard_bytes(tmp_path)]
    assert index.count("c-1") == 20


def test_an_erasure_cut_off_before_or_after_the_swap_leaves_one_whole_shard(tmp_path: Path) -> None:
    index = EdgeIndex(tmp_path)
    index.create("c-1", DIMENSION)
    put(index, "c-1", [chunk("kept"), chunk("gone", document="gone.md")])
    index.close()
    place = tmp_path / "c-1"
    shutil.copytree(place / "shard", place / "shard-b")  # as if killed before the swap
    index = EdgeIndex(tmp_path)
    assert index.count("c-1") == 2
    assert not (place / "shard-b").exists()
    index.erase("c-1", ["gone.md"])
    index.close()
    shutil.copytree(place / "shard-b", place / "shard")  # as if killed after the swap
    index = EdgeIndex(tmp_path)
    assert index.count("c-1") == 1
    assert not (place / "shard").exists()
    index.close()
