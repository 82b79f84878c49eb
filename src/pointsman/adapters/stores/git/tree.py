"""The tree of one commit: its entries, and the files that its symbolic links lead to."""

import os
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from pointsman.adapters.stores.git.command import GitFailed
from pointsman.adapters.stores.names import Chosen, document_id, hidden, path_problem, printable_entry, shown
from pointsman.core.corpus.documents import Listed
from pointsman.core.corpus.unread import count_by_ending

FILE, PROGRAM, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
"""Modes of the entries of a tree."""

HOPS = 40
"""Links that are followed one after the other, at most; the kernel has the same limit."""


class TreeEntry(NamedTuple):
    """One entry of a commit's tree."""

    mode: str
    blob: str
    size: str
    """Size in bytes as git prints it; not a number for a submodule, or for a missing object."""


class Tree:
    """Path → entry of everything below a folder of a commit."""

    def __init__(self, listed: bytes, read: Callable[[str], bytes]) -> None:
        """Take the output of ``git ls-tree -r -z -l``, and a function that reads a blob."""
        self.entries: dict[str, TreeEntry] = {}
        self._read = read
        for line in listed.split(b"\0")[:-1]:
            facts, _, path = line.partition(b"\t")
            mode, _, blob, size = facts.decode("ascii").split()
            self.entries[os.fsdecode(path)] = TreeEntry(mode, blob, size)

    def __iter__(self) -> Iterator[tuple[str, TreeEntry]]:
        return iter(self.entries.items())

    @cached_property
    def folders(self) -> frozenset[str]:
        """Paths of all folders; the root is an empty text."""
        found = {""}
        for path in self.entries:
            while (path := path.rpartition("/")[0]) and path not in found:
                found.add(path)
        return frozenset(found)

    def link(self, path: str) -> str:
        """Return the target of the link at ``path`` as it is written."""
        return os.fsdecode(self._read(self.entries[path].blob))

    def target(self, path: str) -> TreeEntry | str | None:
        """Return the file that a link leads to, or what is wrong with it; None when it leads to a folder."""
        end = self._followed(path)
        if end is None:
            return f"symbolic link out of the store (→ {shown(self.link(path))} not followed)"
        entry = self.entries.get(end)
        if entry is not None and entry.mode in (FILE, PROGRAM):
            return entry
        if end in self.folders:
            return None
        return f"symbolic link to nothing (→ {shown(self.link(path))}); correct or remove it"

    def _followed(self, path: str) -> str | None:
        """Return the path that a link ends at, its own for links in a circle; None when it leads out of the tree."""
        waiting, here, hops = path.split("/"), list[str](), 0
        while waiting:
            part = waiting.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                if not here:
                    return None
                here.pop()
                continue
            here.append(part)
            reached = "/".join(here)
            if reached in self.entries and self.entries[reached].mode == LINK:
                link, hops = self.link(reached), hops + 1
                if link.startswith("/"):
                    return None
                if hops > HOPS:
                    return path
                here.pop()
                waiting = link.split("/") + waiting
        return "/".join(here)


def unread_in(tree: Tree, chosen: Chosen) -> dict[str, int]:
    """Return ending → number of files of a tree that no pattern takes; links do not count."""
    return count_by_ending(path for path, entry in tree if entry.mode in (FILE, PROGRAM) and chosen.passes_over(path))


def listed_in(tree: Tree, path: str, entry: TreeEntry, chosen: Chosen) -> tuple[Listed | None, str]:
    """Return (an entry of a tree as a store lists it, its blob); (None, "") when it is not included."""
    document, problem = document_id(path), path_problem(path)
    if problem is None and hidden(path):
        return None, ""
    if entry.mode == SUBMODULE:
        why = "submodule (another repository, not followed); exclude it, or give it a workspace of its own"
        return (None if chosen.prunes(document) else printable_entry(document, 0, entry.blob, why)), ""
    if document not in chosen:
        return None, ""
    if entry.mode == LINK and problem is None:
        target = _target_of(tree, path)
        if target is None:
            return None, ""
        entry, problem = (target, None) if isinstance(target, TreeEntry) else (entry, target)
    if problem is None and not entry.size.isdigit():
        problem = f"its blob {entry.blob} is not in the object database; fetch it, or run `git fsck`"
    size = int(entry.size) if entry.size.isdigit() else 0
    return printable_entry(document, size, entry.blob, problem), entry.blob


def _target_of(tree: Tree, path: str) -> TreeEntry | str | None:
    """Return the file that a link leads to, or what is wrong with it; None when it leads to a folder."""
    try:
        return tree.target(path)
    except GitFailed as error:
        return f"symbolic link that cannot be read ({error}); fetch it, or run `git fsck`"
