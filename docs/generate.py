"""Writes the reference pages that come from the code: `python docs/generate.py`.

cli.md is made from the commands, params.md from the dataclasses of params.yaml and the docstrings of their fields,
messages.md from the error classes and the holds, adr/index.md from the pages beside it. A test compares the committed
pages with what this program returns.
"""

import ast
import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import TypeAdapter
from typer.main import get_command

from pointsman.cli import app
from pointsman.core import errors
from pointsman.core.policy.holds import HOLDS
from pointsman.settings.params import Params

HERE = Path(__file__).parent
NOTE = "<!-- Made by `python docs/generate.py`. Do not edit: change the code, then run it again. -->"
TEXTS = HERE / "messages.yaml"
"""Cause of each hold with its limits, and what an approval lets pass, by signal."""


def main() -> None:
    """Write every generated page."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


# -- the commands ----------------------------------------------------------------------------------------------------


def commands() -> dict[str, Any]:
    """Return every command of the command line, by name, in alphabetical order."""
    return dict(sorted(get_command(app).commands.items()))


def cli_page() -> str:
    """Return the page of the command line."""
    head = [
        "# Commands", "", NOTE, "",
        "A workspace is a folder with `params.yaml`. Commands work in the current directory. Results go to stdout,",
        "everything else goes to stderr. Every command has `--help`.", "",
        "| exit code | meaning |", "|---|---|",
        "| 0 | done; also when there was nothing to do |", "| 1 | something failed; the live release still answers |",
        "| 2 | wrong usage or configuration |", "| 3 | held by a guard, or refused by the gate |",
        "| 130 | interrupted with Ctrl-C |", "",
    ]  # fmt: skip
    options = [parameter for parameter in get_command(app).params if parameter.name != "help"]
    if options:
        head += ["## Options before the command", "", *_options(options)]
    return "\n".join([*head, *(line for name, command in commands().items() for line in _command(name, command))])


def _command(name: str, command: Any) -> Iterator[str]:
    """Yield the section of one command."""
    arguments = [parameter for parameter in command.params if not _is_option(parameter)]
    usage = " ".join(
        _optional(f"{a.name.upper()}{'…' if a.multiple or a.nargs != 1 else ''}", not a.required) for a in arguments
    )
    yield from (f"## pointsman {name}", "", "```text", f"pointsman {name} [OPTIONS] {usage}".rstrip(), "```", "")
    for paragraph in (command.help or "").split("\n\n"):
        yield from (" ".join(paragraph.split()), "")
    visible = [p for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
    if visible:
        yield from _options(visible)


def _is_option(parameter: Any) -> bool:
    return any(name.startswith("-") for name in parameter.opts)


def _optional(word: str, optional: bool) -> str:
    return f"[{word}]" if optional else word


def _options(parameters: list[Any]) -> list[str]:
    """Return the table of options and arguments."""
    rows = [f"| {_spelled(p)} | {_cell(p.help or '')}{_default(p)} |" for p in parameters]
    return ["| option or argument | meaning |", "|---|---|", *rows, ""]


def _spelled(parameter: Any) -> str:
    """Return how an option is written, with the word for its value."""
    if not _is_option(parameter):
        return f"`{parameter.name.upper()}`"
    value = "" if parameter.is_flag or parameter.count else f" {parameter.metavar or _word(parameter)}"
    return ", ".join(f"`{name}{value}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _word(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    return {int: "N", float: "X"}.get(kind, "TEXT")


def _default(parameter: Any) -> str:
    default = parameter.default
    plain = isinstance(default, int | float | str) and not isinstance(default, bool) and default != ""
    return f" Default: `{default}`." if plain else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# -- params.yaml -----------------------------------------------------------------------------------------------------


def params_page() -> str:
    """Return the page of params.yaml: every key once, with its default, its values and its meaning."""
    schema = TypeAdapter(Params).json_schema()
    lines = [
        "# params.yaml", "", NOTE, "",
        "`params.yaml` holds what changes results. Where services are is in the [environment](environment.md).",
        "An unknown key or an impossible value is refused (exit code 2); all mistakes are listed at once.", "",
    ]  # fmt: skip
    before = None
    for key, meaning, values in keys(Params, schema):
        section = key.split(".")[0]
        if section != before:
            lines += ["", f"## {section}", "", "| key | default | values | meaning |", "|---|---|---|---|"]
            before = section
        lines.append(f"| `{key}` | {values[0]} | {values[1]} | {_cell(meaning.replace('``', '`'))} |")
    return "\n".join([*lines, ""])


def keys(kind: type, schema: dict[str, Any], before: str = "") -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Yield each key below ``kind`` with its meaning, and its default and values as Markdown."""
    texts = field_docstrings(kind)
    properties = schema["$defs"].get(kind.__name__, schema)["properties"]
    for item in dataclasses.fields(kind):
        key, inner = f"{before}{item.name}", _dataclass_in(item.type)
        if inner is None or item.name in texts:
            yield (
                key,
                texts.get(item.name, ""),
                (_shown(properties[item.name], required=_required(item)), _values(properties[item.name])),
            )
        if inner is not None:
            yield from keys(inner, schema, f"{key}.")


def field_docstrings(kind: type) -> dict[str, str]:
    """Return the docstring under each field of a dataclass, by field."""
    tree = ast.parse(inspect.getsource(sys.modules[kind.__module__]))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__)
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }  # fmt: skip


def _dataclass_in(kind: Any) -> type | None:
    """Return the dataclass that a field holds, null or not; the values of a mapping have keys of their own."""
    if get_origin(kind) is Mapping:
        return None
    return next((k for k in (kind, *get_args(kind)) if isinstance(k, type) and dataclasses.is_dataclass(k)), None)


def _required(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _shown(schema: dict[str, Any], *, required: bool) -> str:
    """Return a default as it is written in YAML."""
    if required:
        return "required"
    default = schema.get("default", {} if schema.get("type") == "object" else None)
    if isinstance(default, list):
        return ", ".join(f"`{value}`" for value in default) or "`[]`"
    return f"`{yaml.safe_dump(default, default_flow_style=True).split(chr(10))[0]}`"


def _values(schema: dict[str, Any]) -> str:
    """Return the allowed values in words."""
    if "anyOf" in schema:
        return " or ".join("null" if s.get("type") == "null" else _values(s) for s in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return "the keys below"
    word = {
        "integer": "whole number",
        "array": "list",
        "string": "text",
        "boolean": "true or false",
        "object": "mapping",
    }
    bounds = [f"{sign} {schema[name]:g}" for name, sign in BOUNDS.items() if name in schema]
    return " ".join([word.get(schema.get("type", ""), schema.get("type", "")), ", ".join(bounds)]).strip()


BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


# -- errors and holds ------------------------------------------------------------------------------------------------


def messages_page() -> str:
    """Return the page of errors and holds: each with its code, its cause and its way out."""
    texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    lines = [
        "# Errors and holds", "", NOTE, "",
        "Each error and each hold has a code that never changes. An error ends a command; its message says what",
        'happened. With `--json` it is an object: `{"error": {"code", "message", "way_out"}}`. A hold stops a change:',
        "the live release goes on answering, and a person decides.", "", "## Errors", "",
    ]  # fmt: skip
    for kind in error_classes():
        cause = f"{' '.join((kind.__doc__ or '').split())} (`{kind.__name__}`, exit code {kind.exit_code})"
        lines += _message(kind.code, kind.title, cause, kind.way_out)
    lines += ["## The system", ""]
    for code, text in SYSTEM.items():
        lines += _message(code, *text)
    lines += ["## Holds", ""]
    for signal, hold in sorted(HOLDS.items(), key=lambda item: item[1].code):
        way_out = f"{hold.what_to_do[0].upper()}{hold.what_to_do[1:]}. {texts[signal]['approve']}"
        lines += _message(hold.code, hold.title.rstrip("."), f"{texts[signal]['cause']} (`{signal}`)", way_out)
    return "\n".join(lines)


def _message(code: str, title: str, cause: str, way_out: str) -> list[str]:
    """Return a section; its anchor is the code."""
    return [f"### {code}: {title} {{#{code.lower()}}}", "", cause, "", f"**What to do.** {way_out}", ""]


SYSTEM = {
    "PM-S01": (
        "The system refused",
        "The disk is full, a file may not be read or written, a server does not answer. (Exit code 1)",
        "The message names the cause and what helps. The live release still answers. Run the command again.",
    ),
    "PM-S02": (
        "A fault in Pointsman", "Something failed that nobody expected. (Exit code 1)",
        "Run the command again with `--debug` before it (`pointsman --debug refresh`) and report the traceback.",
    ),
    "PM-S03": (
        "Interrupted", "Somebody pressed Ctrl-C. Nothing is half done: what is live stays live. (Exit code 130)",
        "Run `pointsman refresh` again. It goes on from what is really there.",
    ),
}  # fmt: skip
"""What is no error of Pointsman's, by code: title, cause, way out."""


def error_classes() -> list[type[errors.PointsmanError]]:
    """Return every class of error, by its code."""
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return sorted((kind for kind in found if issubclass(kind, errors.PointsmanError)), key=lambda kind: kind.code)


# -- decisions of design ---------------------------------------------------------------------------------------------


def decisions_page() -> str:
    """Return the list of the decisions of design: number and title of each page of docs/adr."""
    rows = []
    for page in sorted((HERE / "adr").glob("0*.md")):
        number, title = page.read_text(encoding="utf-8").split("\n")[0].removeprefix("# ").split(". ", 1)
        rows.append(f"| [{number}]({page.name}) | {title} |")
    lines = [
        "# Decisions of design", "", NOTE, "",
        "One page for each choice: the context, the decision, what else was considered, and the consequences. Numbers",
        "never change.", "", "| | decision |", "|---|---|", *rows, "",
    ]  # fmt: skip
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "reference/cli.md": cli_page,
    "reference/params.md": params_page,
    "reference/messages.md": messages_page,
    "adr/index.md": decisions_page,
}
"""Every generated page, by its path below docs, and the function that returns it."""

if __name__ == "__main__":
    main()
