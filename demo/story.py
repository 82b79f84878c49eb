"""The main job on real documentation, step by step, with the real command line. Everything happens below ``.demo/``.

    python demo/story.py        (make demo)

Each step runs ``pointsman`` as a user would and checks the result. The exit code is 1 at the first step whose result is
not what its title says.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.rule import Rule

HERE = Path(__file__).parent
ROOT = HERE.parent
FLASK = ROOT / ".demo" / "flask"
WORKSPACE = ROOT / ".demo" / "workspace"
POINTSMAN = str(Path(sys.executable).parent / "pointsman")
PYTHONS = "Which Python versions does Flask support?"
"""Its answer differs: 3.8 and newer in Flask 3.0.3, 3.9 and newer in 3.1.2. The trained adapter answers it right."""
UPLOAD = "What encoding type does the upload form need?"
"""The bundled generator answers it right without an adapter."""

console = Console(width=120)
releases: dict[str, str] = {}
"""Version of Flask → id of the release that was made of it."""


def fresh_workspace() -> None:
    """Make the workspace with ``pointsman init``.

    This repository is a workspace itself, and ``init`` refuses a folder inside one. So the workspace is made in a
    temporary folder and moved below ``.demo``.
    """
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    WORKSPACE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "workspace"
        made.mkdir()
        (made / "documents").mkdir()
        run("init", "--store", "documents", folder=made)
        shutil.move(made, WORKSPACE)
    shutil.copyfile(HERE / "probes" / "golden.jsonl", WORKSPACE / "probes" / "golden.jsonl")


def set_params(**sections: dict[str, Any]) -> None:
    """Change keys of the workspace's params.yaml."""
    path = WORKSPACE / "params.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section, values in sections.items():
        params[section].update(values)
    path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")


def documents_of(version: str) -> None:
    """Bring the store to a release of the documentation; only files that differ are written."""
    source, store = FLASK / version, WORKSPACE / "documents"
    wanted = {path.relative_to(source): path for path in source.rglob("*.rst")}
    for path in store.rglob("*.rst"):
        if path.relative_to(store) not in wanted:
            path.unlink()
    for name, path in wanted.items():
        target = store / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != path.read_bytes():
            target.write_bytes(path.read_bytes())


def run(*words: str, expect: int = 0, folder: Path = WORKSPACE) -> None:
    """Run one pointsman command and let it print; stop the demo at another exit code than ``expect``."""
    console.print(f"[bold cyan]$ pointsman {' '.join(json.dumps(w) if ' ' in w else w for w in words)}[/]")
    console.file.flush()
    started = time.monotonic()
    done = subprocess.run([POINTSMAN, *words], cwd=folder, check=False)
    seconds = time.monotonic() - started
    if done.returncode != expect:
        sys.exit(f"the demo expected exit code {expect} of `pointsman {' '.join(words)}`, not {done.returncode}")
    console.print(f"[dim]exit code {done.returncode}, {seconds:.1f} s with process start[/]\n")


def query(*words: str) -> dict[str, Any]:
    """Return what a command prints with ``--json``."""
    done = subprocess.run([POINTSMAN, *words, "--json"], cwd=WORKSPACE, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(
            f"`pointsman {' '.join(words)} --json` ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}"
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def expect_decision(index: str, *, train: tuple[str, ...] = (), hold: bool = False) -> None:
    """Stop the demo if the last decision is another one."""
    last = query("history")["decisions"][0]
    wanted = (index, ", ".join(train), hold)
    if (last["index"], last["train"], last["hold"]) != wanted:
        sys.exit(f"the demo expected the decision {wanted}, and pointsman decided {last}")


def search_shows(text: str) -> None:
    """Search for the Python versions; stop the demo if none of the first passages contains ``text``."""
    run("search", PYTHONS, "--top-k", "3")
    found = [" ".join(hit["text"].split()) for hit in query("search", PYTHONS, "--top-k", "3")["hits"]]
    if not any(text in passage for passage in found):
        sys.exit(f"the demo expected a passage with {text!r}, and found {found}")


def answer_has(question: str, text: str) -> None:
    """Ask; stop the demo if ``text`` is not in the answer."""
    run("ask", question)
    answer = query("ask", question)["answer"]
    if text not in answer:
        sys.exit(f"the demo expected an answer with {text!r}, and it is {answer!r}")


def first_index() -> None:
    fresh_workspace()
    documents_of("2.3.3")
    run("refresh")
    expect_decision("rebuild")


def nothing_changed() -> None:
    before = query("search", PYTHONS)["release"]
    run("refresh")
    if query("search", PYTHONS)["release"] != before:
        sys.exit("the demo expected the same release after a refresh without a change")


def new_release(version: str) -> Callable[[], None]:
    def step() -> None:
        documents_of(version)
        run("refresh")
        expect_decision("update")
        releases[version] = query("search", PYTHONS)["release"]

    return step


def folder_renamed() -> None:
    (WORKSPACE / "documents" / "deploying").rename(WORKSPACE / "documents" / "deployment")
    run("refresh")
    expect_decision("patch")


def examples_arrive() -> None:
    answer_has(UPLOAD, "multipart/form-data")
    lines = (HERE / "examples" / "json_citations.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    chosen = lines[::2]  # half of them keep the story short on 2 cores; the other half is there to try
    (WORKSPACE / "examples" / "json_citations.jsonl").write_text("".join(chosen), encoding="utf-8")
    run("refresh")
    expect_decision("keep", train=("generator",))
    answer_has(PYTHONS, "3.9")


def chunking_changed() -> None:
    set_params(chunking={"max_tokens": 160})
    run("refresh")
    expect_decision("rebuild")


def documents_vanish() -> None:
    for path in sorted((WORKSPACE / "documents").rglob("*.rst"))[:40]:
        path.unlink()
    run("refresh", expect=3)
    expect_decision("keep", hold=True)


def roll_back() -> None:
    latest = query("search", PYTHONS)["release"]
    search_shows("Python 3.9 and newer")
    run("rollback", releases["3.0.3"])
    search_shows("Python 3.8 and newer")
    run("rollback", latest)
    search_shows("Python 3.9 and newer")
    answer_has(PYTHONS, "3.9")
    run("status")
    run("history")


STORY: tuple[tuple[str, Callable[[], None]], ...] = (
    ("A new workspace over Flask 2.3.3: the first index", first_index),
    ("Nothing changed: nothing to do, at once, without loading a model", nothing_changed),
    ("Flask 3.0.3: update; only chunks that changed are embedded", new_release("3.0.3")),
    ("Flask 3.1.2: update; only chunks that changed are embedded", new_release("3.1.2")),
    ("A folder is renamed: patch; nothing is embedded", folder_renamed),
    ("48 examples ask for JSON with citations: train the generator", examples_arrive),
    ("Smaller chunks in params.yaml: rebuild into a new collection", chunking_changed),
    ("40 of 75 documents vanish: hold; readers keep the old release", documents_vanish),
    ("A fact changed between two releases: roll back, and forward again", roll_back),
)


def main() -> None:
    """Run every step and print its seconds; stop with exit code 1 at a step with another result than its title says."""
    if not (FLASK / "3.1.2").is_dir():
        sys.exit(f"{FLASK / '3.1.2'} is missing; run `make corpora` first")
    began = time.monotonic()
    seconds = []
    for number, (title, step) in enumerate(STORY, start=1):
        console.print(Rule(f"[bold]Step {number} of {len(STORY)}. {title}[/]", align="left"))
        started = time.monotonic()
        step()
        seconds.append((title, time.monotonic() - started))
    console.print(Rule("[bold]Seconds[/]", align="left"))
    for title, took in seconds:
        console.print(f"{took:7.1f} s  {title}", highlight=False)
    console.print(f"{time.monotonic() - began:7.1f} s  in all\n", highlight=False)
    console.print("Every decision, with its report, is in the MLflow dashboard:  make ui WORKSPACE=.demo/workspace")


if __name__ == "__main__":
    main()
