"""Lines of reStructuredText: which of them belong together, and what each of them is."""

import re
import unicodedata

from pointsman.adapters.parsers.block_writer import INCLUSION, dedented, indent_of
from pointsman.adapters.parsers.metadata.properties import groups
from pointsman.core.corpus.statements.keys import is_alike

LISTED_FIELDS = ("tags",)
"""Fields of a field list that hold several texts with commas between them, beside the access statement."""
ARGUED = frozenset(("math", "productionlist"))
"""Verbatim directives that show their argument as the first line."""
ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*")
FIELD = re.compile(r":(?P<name>(?![: ])(?:[^:\\`]|\\.|:(?! ))+):(?: +(?P<text>.*))?")
ITEM = re.compile(r"(?P<mark>[-*+•‣\u2043]|\(?(?P<number>\d{1,9}|#|[A-Za-z]|[ivxlcdm]{2,7})[.)])(?: +(?P<text>\S.*)|)")
SURE = 4
"""Length from which a line of one punctuation mark is markup, whatever is above it."""


def underlines(line: str, title: str) -> bool:
    """Tell whether ``line`` underlines ``title``: as long as the title, or at least 4 characters (as in docutils)."""
    return bool(title and line != "::" and ADORNMENT.fullmatch(line)) and len(line) >= min(len(title), SURE)


def reference_of(name: str) -> str:
    """Return a link name as it is compared: lower case, single blanks, no backquotes."""
    return " ".join(name.strip("`").lower().split())


def id_of(text: str) -> str:
    """Return the id that docutils makes of ``text``: lower case ASCII, a hyphen for each run of other characters."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", " ".join(plain.split())))


def indented_to(lines: list[str], at: int, margin: int = 1) -> int:
    """Return the end of the block indented by ``margin`` that begins at ``at``; empty lines inside belong to it."""
    end = at
    for n in range(at, len(lines)):
        if lines[n] and indent_of(lines[n]) >= margin:
            end = n + 1
        elif lines[n]:
            break
    return end


def unbroken_to(lines: list[str], at: int) -> int:
    """Return the number of the next empty line, or the end."""
    return next((n for n in range(at, len(lines)) if not lines[n]), len(lines))


def next_item(lines: list[str], at: int, pattern: re.Pattern[str]) -> int:
    """Return the number of the next line of the same list after empty ones; ``at`` when the list ends."""
    onward = next((n for n in range(at, len(lines)) if lines[n]), at)
    goes_on = onward < len(lines) and pattern.fullmatch(lines[onward])
    return onward if goes_on and (pattern is not ITEM or begins_item(lines, onward)) else at


def field_of(name: str, text: list[str], statement: str) -> tuple[str, str | list[str]]:
    """Return name and value of a metadata field: a list for ``LISTED_FIELDS`` and the access statement, else a text."""
    value, name = " ".join(" ".join(text).split()), name.lower()
    if name == statement.lower():
        return statement, groups(value)
    return name, [part.strip() for part in value.split(",") if part.strip()] if name in LISTED_FIELDS else value


def meta_statements(lines: list[str], statement: str) -> list[str]:
    """Return the fields of a ``meta`` directive that are the access statement, or like it."""
    fields = [(line.strip(), match["name"]) for line in lines if (match := FIELD.fullmatch(line.strip()))]
    return [line for line, name in fields if name == statement or is_alike(name, statement)]


def begins_item(lines: list[str], at: int) -> bool:
    """Tell whether a list begins here: the text of an item goes on indented; else it is prose that looks like one."""
    follows = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(ITEM.fullmatch(lines[at])) and (not follows or follows.startswith(" ") or bool(ITEM.fullmatch(follows)))


def code_of(name: str, argument: str, content: list[str]) -> list[str]:
    """Return the lines a verbatim directive shows; its argument is a language, a formula or a file."""
    if name == "literalinclude":
        return [f"{INCLUSION} {argument}"]
    return [argument, "", *dedented(content)] if name in ARGUED else content


def options_of(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options directly below a directive, and the content after them."""
    options: dict[str, str] = {}
    at, margin, name = 0, 0, ""
    while at < len(lines) and lines[at]:
        match = FIELD.fullmatch(lines[at].strip())
        if match and (not name or indent_of(lines[at]) <= margin):
            name, margin = match["name"].lower(), indent_of(lines[at])
            options[name] = match["text"] or ""
        elif name and indent_of(lines[at]) > margin:
            options[name] += " " + lines[at].strip()
        else:
            break
        at += 1
    return options, lines[at:]
