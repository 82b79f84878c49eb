"""Read the lines of examples and probes. Whatever goes wrong with one line or file is said of it alone."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pointsman.core.corpus.failures import failure_of
from pointsman.core.errors import UsageError
from pointsman.core.supervision.examples import parse_lines
from pointsman.ports.workspace import JsonLinesFiles

T = TypeVar("T")


def parsed_lines(
    lines: JsonLinesFiles, parse: Callable[[Mapping[str, Any]], T], unparsed: Mapping[str, Any]
) -> tuple[dict[str, T], list[dict[str, Any]]]:
    """Return (``file:line`` → parsed value, one row to refuse for each line that cannot be parsed)."""
    parsed: dict[str, T] = {}
    rows: list[dict[str, Any]] = []
    for name, text in lines.texts():
        objects, problems = parse_lines(text, name)
        for value in objects:
            origin = value.pop("_origin")
            try:
                parsed[origin] = parse(value)
            except ValueError as error:
                problems.append((origin, str(error)))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this line alone
                problems.append((origin, failure_of(error)))
        rows.extend(_refused(origin, why, unparsed) for origin, why in problems)
    rows.extend(_refused(name, why, unparsed) for name, why in lines.problems())
    return parsed, rows


def judged_rows(
    parsed: Mapping[str, T], judged: Callable[[str, T], dict[str, Any]], unparsed: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the row of every item; where one cannot be judged, a row that refuses it."""
    rows: list[dict[str, Any]] = []
    for origin, item in parsed.items():
        try:
            rows.append(judged(origin, item))
        except UsageError:
            raise  # the file of examples.schema is wrong, and not this line
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this line alone
            rows.append(_refused(origin, failure_of(error), unparsed))
    return rows


def _refused(origin: str, why: str, unparsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a line or file that cannot be read."""
    return {**unparsed, "item": origin, "parse_error": _with_way_out(why)}


def _with_way_out(why: str) -> str:
    """Return a problem of a line with what to do about it, once."""
    return why if "; " in why else f"{why}; correct the line"
