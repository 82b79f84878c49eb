"""The main job on real documentation, step by step, with the real command line. Everything happens below ``.demo/``."""

import json
import shutil
import subprocess
import sys
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
QUESTION = "Which function sends a file from a folder to the client without path traversal?"

console = Console(width=120)


def fresh_workspace() -> None:
    """Make a second workspace as ``git clone`` plus an edited params.yaml would: tracked files, none of the state."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    WORKSPACE.mkdir(parents=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if name.split("/")[0] in {"pipelines", ".dvc", "dvc.yaml", "params.yaml"}:
            target = WORKSPACE / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target)
    (WORKSPACE / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n", encoding="utf-8")
    for folder in ("examples", "probes"):
        (WORKSPACE / folder).mkdir()
    shutil.copyfile(HERE / "probes" / "golden.jsonl", WORKSPACE / "probes" / "golden.jsonl")
    set_params(store={"url": "documents"}, examples={"path": "examples"}, probes={"path": "probes"})


def set_params(**sections: dict[str, Any]) -> None:
    """Change keys of the workspace's params.yaml."""
    path = WORKSPACE / "params.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section, values in sections.items():
        params[section].update(values)
    path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")


def documents_of(version: str) -> None:
    """Bring the store to a release of the documentation, as a pull would: only files that differ are written."""
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


def run(*words: str, expect: int = 0) -> float:
    """Run one pointsman command in the workspace, let it print, and return its seconds."""
    console.print(f"[bold cyan]$ pointsman {' '.join(json.dumps(w) if ' ' in w else w for w in words)}[/]")
    console.file.flush()
    started = time.monotonic()
    done = subprocess.run([POINTSMAN, *words], cwd=WORKSPACE, check=False)
    seconds = time.monotonic() - started
    if done.returncode != expect:
        sys.exit(f"the demo expected exit code {expect} of `pointsman {' '.join(words)}` and got {done.returncode}")
    console.print(f"[dim]exit code {done.returncode}, {seconds:.1f} s with process start[/]\n")
    return seconds


def expect_decision(index: str, *, train: tuple[str, ...] = (), hold: bool = False) -> dict[str, Any]:
    """Check the last decision against what the story says."""
    found = subprocess.run([POINTSMAN, "history", "--json"], cwd=WORKSPACE, capture_output=True, text=True, check=True)
    last: dict[str, Any] = json.loads(found.stdout)["decisions"][0]
    wanted = (index, ", ".join(train), hold)
    if (last["index"], last["train"], last["hold"]) != wanted:
        sys.exit(f"the demo expected {wanted} and pointsman decided {last}")
    return last


def first_index() -> None:
    documents_of("2.3.3")
    run("refresh")
    expect_decision("rebuild")


def nothing_changed() -> None:
    run("refresh")


def new_release(version: str) -> Callable[[], None]:
    def step() -> None:
        documents_of(version)
        run("refresh")
        expect_decision("update")

    return step


def folder_renamed() -> None:
    (WORKSPACE / "documents" / "deploying").rename(WORKSPACE / "documents" / "deployment")
    run("refresh")
    expect_decision("patch")


def examples_arrive() -> None:
    lines = (HERE / "examples" / "json_citations.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    chosen = lines[::2]  # half of them keep the story short on 2 cores; the other half is there to try
    (WORKSPACE / "examples" / "json_citations.jsonl").write_text("".join(chosen), encoding="utf-8")
    run("refresh")
    expect_decision("keep", train=("generator",))


def chunking_changed() -> None:
    set_params(chunking={"max_tokens": 160})
    run("refresh")
    expect_decision("rebuild")


def documents_vanish() -> None:
    for path in sorted((WORKSPACE / "documents").rglob("*.rst"))[:40]:
        path.unlink()
    run("refresh", expect=3)
    expect_decision("keep", hold=True)
    run("search", QUESTION, "--top-k", "2")


def ask_and_roll_back() -> None:
    run("ask", QUESTION)
    run("rollback")
    run("ask", QUESTION)
    run("status")
    run("history")


STORY: tuple[tuple[str, Callable[[], None]], ...] = (
    ("Flask 2.3.3 arrives: first index, generator untouched", first_index),
    ("Nothing changed: keep, at once, no model loaded", nothing_changed),
    ("2.3.3 → 3.0.3: update, only touched chunks embedded", new_release("3.0.3")),
    ("3.0.3 → 3.1.2: update, only touched chunks embedded", new_release("3.1.2")),
    ("A folder is renamed: patch, zero embeddings", folder_renamed),
    ("Examples ask for JSON with citations: train the generator", examples_arrive),
    ("Chunking changes in params.yaml: rebuild into a new collection", chunking_changed),
    ("40 of 75 documents vanish: hold, the old release still answers", documents_vanish),
    ("Ask, roll back, ask again", ask_and_roll_back),
)


def main() -> None:
    """Tell the story; stop at the first step that does not come out as told."""
    began = time.monotonic()
    fresh_workspace()
    seconds = []
    for number, (title, step) in enumerate(STORY, start=1):
        console.print(Rule(f"[bold]{number}. {title}[/]", align="left"))
        started = time.monotonic()
        step()
        seconds.append((title, time.monotonic() - started))
    console.print(Rule("[bold]The story in seconds[/]", align="left"))
    for title, took in seconds:
        console.print(f"{took:7.1f} s  {title}", highlight=False)
    console.print(f"{time.monotonic() - began:7.1f} s  in all\n", highlight=False)
    console.print("Every decision, with its report, is in the MLflow dashboard:  make ui WORKSPACE=.demo/workspace")


if __name__ == "__main__":
    main()
