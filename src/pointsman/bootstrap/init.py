"""init: write a workspace into a folder. It never overwrites; it says what differs from what this version writes."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pointsman.bootstrap.init_report import IGNORE_FILES, InitReport, compare, missing_lines, remember
from pointsman.bootstrap.template import Choices, inner_folder, is_url, rendered
from pointsman.core.errors import UsageError
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder

PARAMS = "params.yaml"
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
        UsageError: the folder cannot be a workspace, or has a params.yaml that this version cannot read; nothing was
            written.
    """
    folder = Path(root).expanduser().resolve()
    _check_folder(folder)
    asked = {"store": store, "examples": examples, "probes": probes}
    given = {name: _plain(KEYS[name], value) for name, value in asked.items() if value is not None}
    choices = Choices(**{**given, **_paths_there(folder)}, git=_in_git(folder))
    texts = _wanted(folder, choices)
    _check_places(folder, texts)
    report = compare(folder, texts)
    warnings = (*_warnings(folder, choices, given), *_ignore_warnings(folder, texts, report))
    if not dry_run:
        _check_writable(folder)
        _write(folder, {path: texts[path] for path in report.written})
        _make_folders(folder, choices)
        remember(folder, {path: texts[path] for path in (*report.written, *report.equal)})
    return replace(report, warnings=warnings, dry_run=dry_run)


def _check_folder(folder: Path) -> None:
    """Refuse a file, and a folder inside another workspace.

    Raises:
        UsageError: it is one of these, or cannot be looked at.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file; name a folder for the workspace")
        above = next((parent for parent in folder.parents if (parent / PARAMS).is_file()), None)
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}; choose another folder") from None
    if above is not None:
        raise UsageError(
            f"{folder} lies inside the workspace {above} (that folder has a {PARAMS}); run `pointsman init {above}`, "
            "or choose a folder outside of it"
        )


def _paths_there(folder: Path) -> dict[str, str]:
    """Return the paths that params.yaml in the folder names; none where there is no such file.

    Raises:
        UsageError: this version cannot read it.
    """
    place = folder / PARAMS
    if not place.exists():
        return {}
    try:
        params: Params = WorkspaceFolder(folder).params()
    except UsageError as error:
        raise UsageError(
            f"{error}\nThis file is of another version or another program, so nothing was written. Correct these keys; "
            f"or rename {place}, run `pointsman init` again and copy your values into the new file"
        ) from None
    return {"store": params.store.url, "examples": params.examples.path, "probes": params.probes.path}


def _plain(key: str, path: str) -> str:
    """Return a path as params.yaml has it: without a leading ``./`` and a trailing ``/``; a URL as it is.

    Raises:
        UsageError: it is empty.
    """
    if not path.strip():
        raise UsageError(f"the value for {key} is empty; name a folder, or leave the option out")
    return path if is_url(path) else Path(path).as_posix()


def _in_git(folder: Path) -> bool:
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))


def _wanted(folder: Path, choices: Choices) -> dict[str, str]:
    """Return the files that the workspace should have.

    A folder of examples or probes gets its README when it is made. One that is there already, or that lies outside of
    the workspace, is left as it is.
    """
    texts = rendered(choices)
    for place in (choices.examples, choices.probes):
        readme = str(PurePosixPath(place, "README.md"))
        if inner_folder(place) is None or ((folder / place).is_dir() and not (folder / readme).exists()):
            texts.pop(readme, None)
    return texts


def _check_places(folder: Path, texts: Mapping[str, str]) -> None:
    """Refuse before anything is written where a file is in the place of a folder, or a folder in that of a file.

    Raises:
        UsageError: it is.
    """
    for path in texts:
        place = folder / path
        for parent in (folder / above for above in PurePosixPath(path).parents):
            if parent.exists() and not parent.is_dir():
                raise UsageError(f"{parent} is a file, and init needs a folder there; rename it. Nothing was written")
        if place.is_dir():
            raise UsageError(f"{place} is a folder, and init needs a file there; rename it. Nothing was written")


def _warnings(folder: Path, choices: Choices, given: Mapping[str, str]) -> Iterator[str]:
    """Yield what a person should correct before the first refresh."""
    for name, value in given.items():
        used = getattr(choices, name)
        if used != value:
            yield f"{PARAMS} is there and says {KEYS[name]}: {used}; {value} was not written into it, edit it yourself"
    if not is_url(choices.store) and not (folder / choices.store).exists():
        yield (
            f"the store {folder / choices.store} does not exist (a relative path counts from {folder}); "
            f"make it, or edit store.url in {PARAMS}"
        )
    for name in ("examples", "probes"):
        place = getattr(choices, name)
        if inner_folder(place) is None and not (folder / place).is_dir():
            yield f"{KEYS[name]}: the folder {folder / place} does not exist; make it, or edit {PARAMS}"


def _ignore_warnings(folder: Path, texts: Mapping[str, str], report: InitReport) -> Iterator[str]:
    """Yield the lines that an ignore file of the user's own should get."""
    for path in (each.path for each in report.differs if each.path in IGNORE_FILES):
        lines = missing_lines((folder / path).read_text(encoding="utf-8", errors="replace"), texts[path])
        yield f"{path} was there before; add to it: {'  '.join(lines)}"


def _check_writable(folder: Path) -> None:
    """Make the folder, and a file in it that is removed at once.

    Raises:
        UsageError: the system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".pointsman-init-"):
            pass
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to: {error.strerror}; choose another folder, or change its permissions. "
            "Nothing was written"
        ) from None


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
