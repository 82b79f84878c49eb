"""The files of a new workspace: package data below ``pointsman/template``, with this workspace's paths filled in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

import yaml

SUFFIX = ".template"
"""End of names that git or DVC would take for their own files in the package; a workspace has them without it."""
FIELD = re.compile(r"\{(?P<name>store|examples|probes|ignored_store|no_scm)\}(?P<gap> *)")
"""A place to fill in, with the spaces before the comment that follows it."""
NO_FILE = re.compile(r"(^|/)(__pycache__|\.DS_Store)(/|$)|\.pyc$")
"""What Python and editors leave beside the files of a package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What differs from one workspace to the next."""

    store: str = "documents"
    """Value of ``store.url``: a folder relative to the workspace, or a URL."""
    examples: str = "examples"
    """Value of ``examples.path``."""
    probes: str = "probes"
    """Value of ``probes.path``."""
    git: bool = True
    """Whether the workspace lies in a git repository; without one, DVC has to be told so."""


def sources(choices: Choices) -> dict[str, str]:
    """Return each file of a workspace before its values are filled in, by path relative to it, in order of path.

    The READMEs of ``examples/`` and ``probes/`` go where ``choices`` puts these folders.
    """
    found: dict[str, str] = {}
    for path, text in sorted(_files(files("pointsman") / "template")):
        first, *rest = (part.removesuffix(SUFFIX) for part in PurePosixPath(path).parts)
        place = PurePosixPath({"examples": choices.examples, "probes": choices.probes}.get(first, first), *rest)
        found[str(place)] = text
    return found


def rendered(choices: Choices) -> dict[str, str]:
    """Return the text of every file of a workspace, by path relative to it, in order of path."""
    return {path: filled(text, choices) for path, text in sources(choices).items()}


def filled(text: str, choices: Choices) -> str:
    """Return a text of the template with the values of ``choices`` in it."""
    values = _values(choices)
    return f"{FIELD.sub(lambda match: _filled(match, values), text).rstrip(chr(10))}\n"


def _files(folder: Traversable, before: str = "") -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        path = f"{before}{entry.name}"
        if NO_FILE.search(path):
            continue
        if entry.is_dir():
            yield from _files(entry, f"{path}/")
        else:
            yield path, entry.read_text(encoding="utf-8")


def _values(choices: Choices) -> dict[str, str]:
    return {
        "store": scalar(choices.store),
        "examples": scalar(choices.examples),
        "probes": scalar(choices.probes),
        "ignored_store": _ignored(choices),
        "no_scm": "" if choices.git else "    no_scm = true",
    }


def scalar(text: str) -> str:
    """Return a text as YAML spells it on one line, in quotes where it needs them."""
    return str(yaml.safe_dump(text, width=10_000, allow_unicode=True)).removesuffix("\n").removesuffix("\n...")


def _filled(match: re.Match[str], values: Mapping[str, str]) -> str:
    """Return the value of a place, padded so that the comment after it stays in its column."""
    value, gap = values[match["name"]], match["gap"]
    return value + " " * max(2, len(match[0]) - len(value)) if gap else value


def _ignored(choices: Choices) -> str:
    """Return the line of .dvcignore for a store that is a folder of the workspace; empty for any other.

    A store is not ignored where the examples or the probes lie in it: DVC has to see these.
    """
    inside = inner_folder(choices.store)
    others = [PurePosixPath(path) for path in (choices.examples, choices.probes)]
    if inside is None or any(other.is_relative_to(inside) for other in others):
        return ""
    return f"/{inside}/"


def is_url(path: str) -> bool:
    """Tell whether a path of params.yaml is a URL rather than a folder."""
    return "://" in path


def inner_folder(path: str) -> PurePosixPath | None:
    """Return a folder that lies inside the workspace, relative to it; None for a URL and for one outside."""
    folder = PurePosixPath(path)
    outside = is_url(path) or folder.is_absolute() or Path(path).is_absolute() or ".." in folder.parts
    return None if outside or not folder.parts else folder
