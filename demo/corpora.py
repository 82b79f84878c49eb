"""Fetch the corpora of the demo: Flask's documentation, from its source packages, pinned by hash."""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HOME = Path(__file__).parent.parent / ".demo" / "flask"

RELEASES = {
    "2.3.3": "09c347a92aa7ff4a8e7f3206795f30d826654baf38b873d0744cd571ca609efc",
    "3.0.3": "ceb27b0af3823ea2737928a4d99d125a06175b8512c445cbd9a9ce200ef76842",
    "3.1.2": "bf656c15c80190ed628ad08cdfd3aaa35beb087855e2f494910aa3774cc4fd87",
}
"""Version → SHA-256 of the source package."""


def fetch(version: str, sha256: str) -> None:
    """Download one source package with pip, which checks its hash, and unpack its ``docs`` folder."""
    target = HOME / version
    if target.is_dir():
        return
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "flask.txt"
        wanted.write_text(f"flask=={version} --hash=sha256:{sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--no-binary", "flask", "--no-build-isolation", "--require-hashes"]
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", *options, "-r", str(wanted), "-d", scratch], check=True
        )
        with tarfile.open(Path(scratch) / f"flask-{version}.tar.gz") as package:
            package.extractall(scratch, filter="data")
        HOME.mkdir(parents=True, exist_ok=True)
        docs = Path(scratch) / f"flask-{version}" / "docs"
        aside = HOME / f".{version}"
        subprocess.run(["cp", "-r", str(docs), str(aside)], check=True)
        aside.rename(target)


def main() -> None:
    """Fetch the missing releases and print the size of each."""
    for version, sha256 in RELEASES.items():
        fetch(version, sha256)
        files = list((HOME / version).rglob("*.rst"))
        size = sum(f.stat().st_size for f in files)
        print(f"Flask {version}: {len(files)} documents, {size // 1000} kB")


if __name__ == "__main__":
    main()
