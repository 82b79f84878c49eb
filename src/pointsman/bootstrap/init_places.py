"""What `init` refuses before it writes anything: folders, values and places that cannot become a workspace."""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from pointsman.bootstrap.template import is_url
from pointsman.core.errors import UsageError

PARAMS = "params.yaml"
STORE = "store.url"
"""The key whose value may be a URL; the other paths are folders."""
NOTHING = "Nothing was written"
UNREADABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories that no path may have: control characters, halves of characters, line ends."""


def workspace_folder(root: Path | str) -> Path:
    """Return the absolute path of a folder that may become a workspace, or is one.

    Raises:
        UsageError: it is a file, lies inside another workspace, or its path cannot be used.
    """
    try:
        folder = Path(root).expanduser().resolve()
        str(folder).encode("utf-8")
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{str(root)!r} is no usable path: {error}; choose another folder") from None
    _check_folder(folder)
    return folder


def _check_folder(folder: Path) -> None:
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


def check_value(folder: Path, key: str, value: str) -> None:
    """Refuse a value of params.yaml that is no path.

    Raises:
        UsageError: it is empty, has characters that no path has, cannot be looked up, or is a URL for a key that
            takes folders only.
    """
    if not value.strip():
        raise UsageError(f"the value for {key} is empty; name a folder, or leave the option out")
    if any(unicodedata.category(letter) in UNREADABLE for letter in value):
        raise UsageError(
            f"{key}: {value!a} has a line end, a control character or bytes that are not UTF-8; "
            f"name a folder without them. {NOTHING}"
        )
    if is_url(value):
        if key != STORE:
            raise UsageError(
                f"{key}: {value} is a URL, and examples and probes are folders; name a folder, and copy the files "
                f"into it. {NOTHING}"
            )
        return
    try:
        (folder / value).stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(
            f"{key}: {folder / value} cannot be looked up: {error.strerror}; name another folder. {NOTHING}"
        ) from None


def check_named(folder: Path, values: Mapping[str, str], paths: Iterable[str]) -> None:
    """Refuse values of params.yaml that name a file.

    Args:
        folder: the workspace.
        values: key of params.yaml → its value.
        paths: the files that `init` writes, relative to ``folder``.

    Raises:
        UsageError: a value names one of ``paths`` or a place below one, or the folder of examples or probes is a file.
    """
    files = {folder / path for path in paths}
    for key, value in values.items():
        if is_url(value):
            continue
        place = Path(os.path.normpath(folder / value))
        taken = next((each for each in (place, *place.parents) if each in files), None)
        if taken is not None:
            raise UsageError(
                f"{key}: {value} is no folder: init writes the file {taken.relative_to(folder)}; name another folder. "
                f"{NOTHING}"
            )
        if key != STORE and _there(place) and not place.is_dir():
            raise UsageError(f"{key}: {place} {_kind(place)}; name a folder. {NOTHING}")


def check_places(folder: Path, paths: Iterable[str], record: str) -> None:
    """Refuse what is in the way of the files that `init` writes.

    Args:
        folder: the workspace.
        paths: the files, relative to ``folder``.
        record: the file in which `init` notes what it wrote. Its folder may be a link to another disk.

    Raises:
        UsageError: a file is in the place of a folder, a folder in that of a file, or a link leads a file that would
            be written out of the workspace.
    """
    for path in (*paths, record):
        try:
            there = _check_place(folder, path)
        except OSError as error:
            raise UsageError(f"{error.filename} cannot be looked up: {error.strerror}. {NOTHING}") from None
        if not there and path != record:
            _check_inside(folder, path)


def _check_place(folder: Path, path: str) -> bool:
    """Return whether a file is there already."""
    for parent in _folders_between(folder, path):
        if _there(parent) and not parent.is_dir():
            raise UsageError(f"{parent} {_kind(parent)}, and init needs a folder there; rename it. {NOTHING}")
    place = folder / path
    there = _there(place)
    if there and not place.is_file():
        raise UsageError(f"{place} {_kind(place)}, and init needs a file there; rename it. {NOTHING}")
    return there


def _there(place: Path) -> bool:
    """Return whether anything is at a place, a link to nothing included."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _check_inside(folder: Path, path: str) -> None:
    for parent in _folders_between(folder, path):
        if parent.is_symlink() and not parent.resolve().is_relative_to(folder):
            raise UsageError(
                f"{parent} is a link to {parent.resolve()}, and init writes nothing outside of {folder}; "
                f"remove the link, or write {path} yourself. {NOTHING}"
            )


def _folders_between(folder: Path, path: str) -> Iterator[Path]:
    """Yield the folders between the workspace and a file in it, the upper ones first."""
    yield from (folder / above for above in reversed(PurePosixPath(path).parents[:-1]))


def _kind(place: Path) -> str:
    """Return what is at a place, as the end of a sentence."""
    if place.is_dir():
        return "is a folder"
    if place.is_file():
        return "is a file"
    return "is a link to nothing" if place.is_symlink() else "is neither a file nor a folder"
