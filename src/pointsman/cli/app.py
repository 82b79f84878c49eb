"""What the commands share: the application, its consoles, options, and how results are shown."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

PLAIN_WIDTH = 120
"""Characters of a line where there is no terminal to ask: a log, a pipe."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Keep an assistant's knowledge current: re-index, retrain, both or neither; measured, gated, released as one. "
    "The workspace is the current directory; it holds params.yaml.",
)
out = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
err = Console(stderr=True)

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


def show(value: Mapping[str, Any], *, as_json: bool, table: Callable[[], Any]) -> None:
    """Print a result: one JSON object on stdout, or a table for people."""
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    else:
        out.print(table())


def flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, object]]:
    """Return nested values as rows, their names joined by dots."""
    rows: list[tuple[str, object]] = []
    for name, item in value.items():
        if isinstance(item, Mapping):
            rows += flat(item, f"{before}{name}.")
        elif isinstance(item, list):
            rows += [(f"{before}{name}", str(line)) for line in item] or [(f"{before}{name}", None)]
        else:
            rows.append((f"{before}{name}", item))
    return rows


def user() -> str:
    """Return who runs this: the name of the system's user, or its number where it has no name."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"
