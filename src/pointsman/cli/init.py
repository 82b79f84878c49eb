"""init: make a workspace."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from pointsman.bootstrap.init_report import DifferingFile, InitReport
from pointsman.cli.app import Json, app

VALUES = "you did not edit it, and this version has nothing new, but params.yaml or git now asks for other values in it"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The workspace; made if it is not there.")] = Path(),
    *,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the documents are: a folder relative to DIR (not to the current folder), or a URL.",
        ),
    ] = None,
    examples: Annotated[str | None, typer.Option(metavar="PATH", help="Folder of the examples.")] = None,
    probes: Annotated[str | None, typer.Option(metavar="PATH", help="Folder of the probes.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show how your files differ from this version's.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be written.")] = False,
    as_json: Json = False,
) -> None:
    """Write a workspace: params.yaml, dvc.yaml, flows, pipelines, infra. Nothing is ever overwritten.

    Run it again after an upgrade: it writes what is new and says which of your files differ from this version's.

    Examples: `pointsman init --store ./docs`, `pointsman init wiki --store s3://bucket/wiki`, `pointsman init --diff`
    """
    from pointsman.bootstrap.init import init_workspace

    report = init_workspace(folder, store=store, examples=examples, probes=probes, dry_run=dry_run)
    text = json.dumps(report.as_json(), ensure_ascii=False) if as_json else "\n".join(_lines(report, diff=diff))
    sys.stdout.write(f"{text}\n")


def _lines(report: InitReport, *, diff: bool) -> Iterator[str]:
    verb = "would write" if report.dry_run else "wrote"
    yield f"workspace {report.workspace}"
    yield from (f"  {verb:<11} {path}" for path in _grouped(report.written))
    if report.written or report.differs or report.other_values:
        yield from (f"  {'left alone':<11} {path}, as this version writes it" for path in _grouped(report.equal))
    else:
        yield "nothing to do: this version has nothing new for this workspace"
    yield from (
        f"  {'left alone':<11} {each.path}, which you edited; this version has nothing new" for each in report.edited
    )
    yield from (f"  {'left alone':<11} {each.path}: {VALUES}" for each in report.other_values)
    yield from (f"  {'differs':<11} {each.path}, left alone: {_why(each)}" for each in report.differs)
    if (report.differs or report.other_values) and not diff:
        yield "compare: pointsman init --diff"
    if diff:
        yield from (f"\n{each.diff}" for each in (*report.edited, *report.other_values, *report.differs))
    yield from (f"warning: {warning}" for warning in report.warnings)
    if "params.yaml" in report.written and not report.dry_run:
        yield "Next: pointsman plan, then pointsman refresh"


def _why(difference: DifferingFile) -> str:
    if difference.edited is None:
        return "it was not written by init, or the record of it is gone"
    if difference.edited:
        return "you edited it, and this version has something new"
    return "this version has something new; you did not edit yours"


def _grouped(paths: Iterable[str]) -> Iterator[str]:
    """Yield paths, those of one folder as ``pipelines/ (11 files)``."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        first, slash, _ = path.partition("/")
        folders.setdefault(first + slash, []).append(path)
    for folder, inside in folders.items():
        yield inside[0] if len(inside) == 1 else f"{folder} ({len(inside)} files)"
