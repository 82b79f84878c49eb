"""init: write a workspace into a folder. It never overwrites; it says what differs from what this version writes."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pointsman.adapters.workspace.private_files import make_private_folders
from pointsman.bootstrap.init_places import PARAMS, check_named, check_places, check_value, workspace_folder
from pointsman.bootstrap.init_report import IGNORE_FILES, RECORD, InitReport, compare, missing_lines, remember
from pointsman.bootstrap.template import Choices, filled, inner_folder, is_url, sources
from pointsman.core.errors import UsageError
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder

KEYS = {"store": "store.url", "examples": "examples.path", "probes": "probes.path"}
"""Option of `init` → key of params.yaml that it fills in."""


def init_workspace(
    root: Path | str = ".",
    *,
    store: str | None = None,
    examples: str | None = None,
    probes: str | None = None,
    dry_run: bool = False,
) -> InitReport:
    """Write a workspace into ``root`` and return what was written, what was left alone and what differs.

    Args:
        root: the folder; it is made if it is not there.
        store: value of ``store.url``, a folder relative to ``root`` or a URL. Default: what params.yaml there says,
            else ``documents``.
        examples: value of ``examples.path``; default likewise, else ``examples``.
        probes: value of ``probes.path``; default likewise, else ``probes``.
        dry_run: write nothing.

    Raises:
        UsageError: the folder cannot be a workspace, a value is no path, something is in the way of a file, or the
            params.yaml there cannot be read by this version; nothing was written.
    """
    folder = workspace_folder(root)
    asked = {"store": store, "examples": examples, "probes": probes}
    given = {name: _plain(folder, KEYS[name], value) for name, value in asked.items() if value is not None}
    choices = Choices(**{**given, **_paths_there(folder)}, git=_in_git(folder))
    raw = sources(choices)
    check_named(folder, {key: getattr(choices, name) for name, key in KEYS.items()}, raw)
    texts = {path: filled(raw[path], choices) for path in _wanted(folder, choices, raw)}
    check_places(folder, texts, record=RECORD.as_posix())
    report = compare(folder, texts, raw)
    warnings = (*_warnings(folder, choices, given), *_ignore_warnings(folder, texts, report=report, raw=raw))
    if not dry_run:
        _check_writable(folder, (*report.written, str(RECORD)))
        _write(folder, {path: texts[path] for path in report.written})
        _make_folders(folder, choices)
        remember(folder, {path: texts[path] for path in (*report.written, *report.equal)}, raw)
    return replace(report, warnings=warnings, dry_run=dry_run)


def _paths_there(folder: Path) -> dict[str, str]:
    """Return the paths that params.yaml in the folder names; none where there is no such file.

    Raises:
        UsageError: this version cannot read it, or a path in it is none.
    """
    place = folder / PARAMS
    try:
        if not place.exists():
            return {}
        if not place.is_file():
            raise UsageError(f"{place} is no file, and init needs a file there; rename it. Nothing was written")
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror}; nothing was written") from None
    return _paths_in(folder)


def _paths_in(folder: Path) -> dict[str, str]:
    place = folder / PARAMS
    try:
        params: Params = WorkspaceFolder(folder).params()
    except UsageError as error:
        raise UsageError(
            f"{error}\nThis file is of another version or another program, so nothing was written. Correct these keys; "
            f"or rename {place}, run `pointsman init` again and copy your values into the new file"
        ) from None
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror}; nothing was written") from None
    paths = {"store": params.store.url, "examples": params.examples.path, "probes": params.probes.path}
    for name, path in paths.items():
        check_value(folder, KEYS[name], path)
    return paths


def _plain(folder: Path, key: str, path: str) -> str:
    """Return a path as params.yaml has it: without a leading ``./`` and a trailing ``/``; a URL as it is.

    Raises:
        UsageError: it is none.
    """
    check_value(folder, key, path)
    return path if is_url(path) else Path(path).as_posix()


def _in_git(folder: Path) -> bool:
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def _wanted(folder: Path, choices: Choices, paths: Iterable[str]) -> list[str]:
    """Return the files that the workspace should have.

    A folder of examples or probes gets its README when it is made. One that is there already, or that lies outside of
    the workspace, is left as it is.
    """
    left: set[str] = set()
    for place in (choices.examples, choices.probes):
        readme = str(PurePosixPath(place, "README.md"))
        if inner_folder(place) is None or ((folder / place).is_dir() and not (folder / readme).exists()):
            left.add(readme)
    return [path for path in paths if path not in left]


def _warnings(folder: Path, choices: Choices, given: Mapping[str, str]) -> Iterator[str]:
    """Yield what a person should correct before the first refresh."""
    for name, value in given.items():
        used = getattr(choices, name)
        if used != value:
            yield f"{PARAMS} is there and says {KEYS[name]}: {used}; {value} was not written into it, edit it yourself"
    store = _below(folder, choices.store)
    if not is_url(choices.store) and not store.exists():
        yield (
            f"the store {store} does not exist (a relative path counts from {folder}); "
            f"make it, or edit store.url in {PARAMS}"
        )
    for name in ("examples", "probes"):
        place = getattr(choices, name)
        if inner_folder(place) is None and not _below(folder, place).is_dir():
            yield f"{KEYS[name]}: the folder {_below(folder, place)} does not exist; make it, or edit {PARAMS}"


def _below(folder: Path, place: str) -> Path:
    """Return a path relative to a folder that may not exist yet: ``..`` leads out of it all the same."""
    return Path(os.path.normpath(folder / place))


def _ignore_warnings(
    folder: Path, texts: Mapping[str, str], *, report: InitReport, raw: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines that an ignore file needs and does not have.

    Of a file that somebody edited and that this version does not renew, only lines that params.yaml asks for count.
    """
    for each in (*report.edited, *report.differs, *report.other_values):
        if each.path not in IGNORE_FILES:
            continue
        found = (folder / each.path).read_text(encoding="utf-8", errors="replace")
        lines = missing_lines(found, texts[each.path])
        if each in report.edited:
            lines = [line for line in lines if line not in raw[each.path].splitlines()]
        if lines:
            before = "was there before" if each.edited is None else "was left alone"
            yield f"{each.path} {before}; add to it: {'  '.join(lines)}"


def _check_writable(folder: Path, paths: Iterable[str]) -> None:
    """Make the workspace, and a file in each folder that gets one; these files are removed at once.

    Raises:
        UsageError: the system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    above = ((folder / path).parents for path in paths)
    for place in sorted({next(parent for parent in parents if parent.is_dir()) for parents in above}):
        try:
            with tempfile.NamedTemporaryFile(dir=place, prefix=".pointsman-init-"):
                pass
        except OSError as error:
            raise _unwritable(place, error) from None


def _unwritable(place: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{place} cannot be written to: {error.strerror}; choose another folder, or change its permissions. "
        "Nothing was written"
    )


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files that are not there; one that somebody else makes in the meantime is not overwritten.

    Raises:
        UsageError: the system refuses. What was written before stays, and the next `init` writes what is missing.
    """
    for path, text in texts.items():
        place = folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(
                f"{place} cannot be written: {error.strerror}; correct this and run `pointsman init` again: "
                "it writes what is missing"
            ) from None


def _make_folders(folder: Path, choices: Choices) -> None:
    """Make the folders of examples and probes that lie in the workspace: DVC needs them to be there."""
    for place in (choices.examples, choices.probes):
        inside = inner_folder(place)
        if inside is not None:
            (folder / inside).mkdir(parents=True, exist_ok=True)
    make_private_folders(WorkspaceFolder(folder))
