"""Objects of an fsspec driver: which there are, what is known of each, and which errors are about one of them only."""

import errno
from collections.abc import Iterator, Mapping
from typing import Any

from pointsman.adapters.stores.names import Chosen
from pointsman.core.hashing import digest

UNLISTED = "unlisted"
"""Key of the error in the entry of a folder that cannot be listed."""
OF_ONE = frozenset({errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EIO, errno.EBUSY})
"""Numbers of errors that drivers give for one object: refused, gone, or failed at the server (s3fs: 500 is EIO)."""

VERSION_FACTS = (
    ("ETag",), ("etag",), ("md5Hash",), ("Content-MD5",), ("Digest",), ("CRC", "date_time"), ("sha",), ("mtime",),
    ("LastModified",), ("last_modified",), ("modified",), ("Last-Modified",), ("created",),
)  # fmt: skip
"""Names that drivers give to facts which change with an object, best first."""

Info = Mapping[str, Any]
"""What a driver knows about an object: ``name``, ``size``, ``type`` and facts of its own."""


def find(system: Any, root: str, chosen: Chosen, *, at_once: bool) -> list[Info]:
    """Return the facts of every object below the root; a part that the driver cannot list is an error, not a gap.

    ``at_once`` tells whether the driver has a recursive listing of its own.
    """
    if at_once:
        found = [info for info in system.find(root, detail=True).values() if info.get("type") != "directory"]
        if found or system.exists(root):
            return _below(found, root)
        raise FileNotFoundError(
            f"nothing is there under {root or '/'}; a folder that is meant to be empty has an empty object {root}/"
        )
    return _below(list(_walk(system, root, chosen)), root)


def _walk(system: Any, root: str, chosen: Chosen) -> Iterator[Info]:
    """Yield the facts of every object, folder by folder; excluded folders are not listed.

    A folder that the server refuses to list is an entry with the error (``UNLISTED``).
    """
    waiting, seen = [root], {root}
    while waiting:
        folder = waiting.pop()
        try:
            entries = system.ls(folder, detail=True)
        except FileNotFoundError:
            if folder == root:
                raise
            continue  # it was removed during the walk
        except Exception as error:  # each driver raises errors of its own
            if folder == root or not is_of_one(error):
                raise
            yield {"name": f"{folder}/", UNLISTED: error}
            continue
        for info in entries:
            path = info["name"].rstrip("/")
            if info.get("type") != "directory":
                yield info
            elif path not in seen and not chosen.prunes(path.removeprefix(root).lstrip("/")):
                seen.add(path)
                waiting.append(path)


def _below(found: list[Info], root: str) -> list[Info]:
    """Return the objects that were found below the root.

    Raises:
        NotADirectoryError: the root itself is an object.
    """
    if any(info["name"] == root for info in found):
        raise NotADirectoryError(f"{root} is an object; store.url names a folder of documents")
    return found


def judged(system: Any, info: Info) -> tuple[int, str]:
    """Return (bytes, version tag): from the listing, else from the object's own facts, else from its content.

    Raises:
        Exception: the driver cannot get them.
    """
    tag, path = _tag(info), info["name"]
    if tag is None or info.get("size") is None:
        info = {**info, **system.info(path)}
        tag = _tag(info)
    if tag is None or info.get("size") is None:
        raw = bytes(system.cat_file(path))
        return len(raw), digest(raw)
    return int(info["size"]), tag


def is_of_one(error: BaseException) -> bool:
    """Tell whether an error is about one object or folder: the server answered, and refused or failed at it."""
    if isinstance(error, ConnectionError | TimeoutError):
        return False
    if isinstance(error, OSError) and error.errno in OF_ONE:
        return True
    answered = isinstance(getattr(error, "status", None), int)  # aiohttp: the answer had an HTTP status
    return isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError) or answered


def _tag(info: Info) -> str | None:
    """Return a version tag made of the best known facts, or None."""
    for names in VERSION_FACTS:
        if all(info.get(name) for name in names):
            return "-".join(str(part).strip('"') for part in (info.get("size"), *(info[name] for name in names)))
    return None
