"""What the commands share: the application, its consoles and options, and how results are shown."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from rich.console import Console

from pointsman.api.results import Result
from pointsman.core.visible import visible_json
from pointsman.version import __version__

if TYPE_CHECKING:
    from pointsman.api.workspace import Workspace
    from pointsman.cli.progress import Bars, LoggedProgress

USAGE = 2
"""Exit code of a wrong command line."""

PLAIN_WIDTH = 80
"""Characters of a line where there is no terminal to ask and ``COLUMNS`` is not set: a log, a pipe."""

app = typer.Typer(
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _stream(name: str) -> TextIO:
    """Return ``sys.stdout`` or ``sys.stderr``; where the caller closed it (``>&-``), what is written there is lost."""
    if getattr(sys, name) is None:
        setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - it stays open like any standard stream
    stream: TextIO = getattr(sys, name)
    return stream


def _console(*, stderr: bool = False) -> Console:
    """Return a console as wide as the terminal, as ``COLUMNS``, or as a pipe."""
    stream = _stream("stderr" if stderr else "stdout")
    known = stream.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(stderr=stderr, width=None if known else PLAIN_WIDTH)


out = _console()
err = _console(stderr=True)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"pointsman {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    log_json: Annotated[  # noqa: ARG001 - main reads it before; here it is for the help
        bool, typer.Option("--log-json", help="Write logs as JSON lines on stderr (or set POINTSMAN_LOG_JSON=1).")
    ] = False,
    debug: Annotated[  # noqa: ARG001 - as log_json
        bool, typer.Option("--debug", help="Show the traceback of an error, and more logs.")
    ] = False,
) -> None:
    """Keep an assistant's knowledge current: re-index, retrain, both or neither; measured, gated, released as one.

    The workspace is the current directory; it holds params.yaml.

    Examples: `pointsman init --store ./docs`, `pointsman plan`, `pointsman refresh`, `pointsman ask "How do I …?"`
    """
    if context.invoked_subcommand is None:
        err.print(context.get_help(), markup=False, highlight=False)
        raise typer.Exit(USAGE)


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Approve exactly what this run lists; more than that is held again.")]
By = Annotated[str, typer.Option("--by", help="Who says so; the user of the system by default.")]
Note = Annotated[str, typer.Option("--note", help="Why; kept with the decision.")]
Reviewed = Annotated[str, typer.Argument(help="Beginning of a decision id; the one that waits by default.")]
As = Annotated[
    list[str] | None,
    typer.Option(
        "--as", metavar="GROUP", help="Read as a member of GROUP; repeatable. Without it: open documents alone."
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", metavar="KEY=VALUE", help="Only documents whose metadata say so; repeatable, all must hold."
    ),
]


def workspace(*, bars: bool = False) -> "Workspace":
    """Return the workspace in the current directory; with ``bars``, long work shows its progress."""
    from pointsman.api.queries import no_progress
    from pointsman.api.workspace import Workspace

    if not bars:
        return Workspace(progress=no_progress)
    from pointsman.cli.progress import progress

    shown = progress()
    _shown.append(shown)
    return Workspace(progress=shown)


_shown: "list[Bars | LoggedProgress]" = []
"""What shows the progress of this command."""


def clear_bars() -> None:
    """Remove the progress bars, so that a result or an error stands alone."""
    for each in _shown:
        each.close()


def print_result(result: Result, *, as_json: bool) -> None:
    """Print a result: one JSON object on stdout, or its tables for people."""
    clear_bars()
    if as_json:
        print_object(result.as_json())
        return
    from pointsman.cli.tables import drawn

    for table in result.tables():
        out.print(*drawn(table), sep="\n")


def finish(result: Result, *, as_json: bool) -> None:
    """Print a result and exit with its code.

    Raises:
        Exit: always.
    """
    print_result(result, as_json=as_json)
    raise typer.Exit(result.exit_code)


def print_object(value: Mapping[str, Any]) -> None:
    """Write one JSON object and a line break on stdout."""
    sys.stdout.write(visible_json(json.dumps(value, ensure_ascii=False)) + "\n")
    sys.stdout.flush()
