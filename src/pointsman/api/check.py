"""Check: what is wrong with a workspace before anything is run."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pointsman.adapters.parsers.formats import ENDINGS
from pointsman.adapters.stores.open import local_folder
from pointsman.api.phrases import plural
from pointsman.api.results import Check
from pointsman.core.corpus.unread import count_by_ending
from pointsman.core.credentials import without_credentials
from pointsman.core.errors import UsageError
from pointsman.core.release import MISSING, Model, Reranking
from pointsman.core.wording import be
from pointsman.ports.models import Models, Role
from pointsman.ports.stores import DocumentStore
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params

if TYPE_CHECKING:
    from pointsman.ports.progress import Progress
    from pointsman.steps.observe.state import WorkspaceState
    from pointsman.steps.resources import Resources

KNOWN = frozenset(ending for endings in ENDINGS.values() for ending in endings)
"""Endings of the formats that can be read."""

JSON_LINES = ".jsonl"
"""Ending of the files with examples and probes."""

Finding = dict[str, Any]
"""``where``, ``what``, ``way_out``, and ``problem``: False for what may be meant so."""


def check(root: Path, progress: "Progress") -> Check:
    """Return what is wrong in params.yaml, the store, the examples and the probes, each with its way out.

    Raises:
        UsageError: params.yaml cannot be used at all; the message names every wrong key.
    """
    from pointsman.bootstrap.workspace import open_query
    from pointsman.steps.observe.state import state_now
    from pointsman.steps.review.quarantine import once_each, refused

    with open_query(root, progress) as resources:
        serving = replace(resources.serving, models=cast("Models", _ModelsOrNames(resources.models, resources.params)))
        seen = state_now(resources.intake, serving=serving, records=resources.records, progress=resources.progress)
        rows = refused(resources.quarantine)["refused"]
        missing = folders(root, resources.params)
        listing = [] if any(each["where"] == "store.url" for each in missing) else _listing(seen, resources.params)
        findings = [
            *missing_models(resources.models),
            *missing,
            *listing,
            *unread(resources.intake.store),
            *unread_lines(root, resources.params),
            *unstated(resources.memory, resources.params),
            *(_refusal(row) for suite in ("documents", "examples", "probes") for row in once_each(rows[suite])),
        ]
    return Check.of({"findings": findings})


class _ModelsOrNames:
    """The models of params.yaml; one that is missing has a name only. Documents can be judged without any model."""

    def __init__(self, models: Models, params: Params) -> None:
        self._models, self._params = models, params

    def base(self, role: Role) -> Model:
        try:
            return self._models.base(role)
        except UsageError:
            return Model((self._params.retriever if role == "retriever" else self._params.generator).model, MISSING)

    def reranking(self) -> Reranking | None:
        try:
            return self._models.reranking()
        except UsageError:
            return None


def missing_models(models: Models) -> list[Finding]:
    """Return the models of params.yaml that are not there, each with its way out."""
    asked: Mapping[str, Callable[[], object]] = {
        "retriever.model": lambda: models.base("retriever"),
        "generator.model": lambda: models.base("generator"),
        "retriever.rerank": models.reranking,
    }
    found = []
    for key, ask in asked.items():
        try:
            ask()
        except UsageError as error:
            what, parted, way_out = str(error).rpartition("; ")
            found.append(_finding(what if parted else way_out, key, way_out if parted else error.way_out))
    return found


def notices(root: Path, resources: "Resources") -> list[str]:
    """Return the first lines of a plan: missing models and folders, what no pattern takes, what nobody reads."""
    params = resources.params
    found = (
        *missing_models(resources.models),
        *folders(root, params),
        *unread(resources.store),
        *unread_lines(root, params),
        *unstated(resources.memory, params),
    )
    return [f"{each['where']}: {each['what']}; {each['way_out']}" for each in found]


def folders(root: Path, params: Params) -> list[Finding]:
    """Return the folders that params.yaml names and that do not exist."""
    named = {"examples.path": root / params.examples.path, "probes.path": root / params.probes.path}
    store = local_folder(params.store.url, root)
    named |= {"store.url": store} if store is not None else {}
    said: Mapping[str, str] = {
        "examples.path": params.examples.path, "probes.path": params.probes.path, "store.url": params.store.url,
    }  # fmt: skip
    return [
        _finding(f"there is no folder {said[key]!r}", key, f"make it, or edit {key} in params.yaml")
        for key, folder in sorted(named.items())
        if not folder.is_dir()
    ]


def unread(store: DocumentStore) -> list[Finding]:
    """Return the files that the last listing saw and that no pattern takes, by their ending."""
    return [
        _finding(
            f"{plural(n, 'file')} {ending or 'without an ending'} {'is' if n == 1 else 'are'} not read",
            "store.include", _to_read(ending, "it" if n == 1 else "them"), problem=False,
        )
        for ending, n in sorted(store.unread().items())
    ]  # fmt: skip


def unread_lines(root: Path, params: Params) -> list[Finding]:
    """Return the files of the examples and the probes that are not read: in subfolders, or not ``*.jsonl``.

    A README and hidden files are meant so. A folder that is the store's own is left out: its documents are read.
    """
    store = local_folder(params.store.url, root)
    named = {"examples.path": params.examples.path, "probes.path": params.probes.path}
    read = {(root / path).resolve() for path in named.values()} | ({store.resolve()} if store is not None else set())
    found: list[Finding] = []
    for key, path in named.items():
        folder = root / path
        if folder.is_dir() and (store is None or folder.resolve() != store.resolve()):
            found += [*_not_lines(key, path, folder), *_below(key, path, folder, read)]
    return found


def _not_lines(key: str, path: str, folder: Path) -> Iterator[Finding]:
    """Yield the files of a folder that are not ``*.jsonl``, by their ending."""
    names = [each.name for each in folder.iterdir() if each.is_file() and each.suffix != JSON_LINES]
    counts = count_by_ending(name for name in names if not name.lower().startswith((".", "readme")))
    for ending, n in counts.items():
        them = "it" if n == 1 else "them"
        act = "rename" if ending.lower() == JSON_LINES else "convert"
        what = f"{plural(n, 'file')} {ending or 'without an ending'} in {path} {be(n)} not read"
        yield _finding(what, key, f"only *{JSON_LINES} is; {act} {them}, or leave {them}", problem=False)


def _below(key: str, path: str, folder: Path, read: Collection[Path]) -> Iterator[Finding]:
    """Yield the subfolders with ``*.jsonl`` files, which nobody reads; not those that another setting names."""
    for each in sorted(folder.iterdir()):
        n = 0 if each.name.startswith(".") or not each.is_dir() else _lines_below(each, read)
        if n:
            them = "it" if n == 1 else "them"
            what = f"{plural(n, 'file')} in {path.rstrip('/')}/{each.name}/ {be(n)} not read"
            yield _finding(what, key, f"move {them} up, or leave {them}", problem=False)


def _lines_below(folder: Path, read: Collection[Path]) -> int:
    """Return the number of ``*.jsonl`` files in a folder and below, hidden ones and those in ``read`` left out."""
    n = 0
    for here, folders, names in os.walk(folder):
        if Path(here).resolve() in read:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        n += sum(name.lower().endswith(JSON_LINES) and not name.startswith(".") for name in names)
    return n


def unstated(memory: Memory, params: Params) -> list[Finding]:
    """Return how many documents nobody reads, where no access statement means that (``access.default: none``)."""
    if params.access.default == "open":
        return []
    from pointsman.steps.observe.documents import OBSERVED
    from pointsman.steps.observe.verdict_cache import count_closed

    count = count_closed(memory.get(OBSERVED).get("documents", {}).values())
    what = f"{plural(count, 'document')} {be(count)} read by nobody: without {params.access.key}, or with an empty one"
    way_out = f"write {params.access.key}: [a, b] in {'it' if count == 1 else 'them'}, or set access.default to open"
    return [_finding(what, "access.default", way_out, problem=False)] if count else []


def _to_read(ending: str, what: str) -> str:
    """Return how files with an ending can be read; a pattern alone would read an unknown format as plain text."""
    if ending.lower() in KNOWN:
        return f'add a pattern ("**/*{ending}") to store.include, or leave {what}'
    return f"there is no reader for {ending or 'files without one'}; convert {what}, or leave {what}"


def _listing(seen: "WorkspaceState", params: Params) -> list[Finding]:
    """Return why the store shows nothing, where it does."""
    url = without_credentials(params.store.url)
    if seen.evidence.corpus.listing_error is not None:
        return [_finding(seen.evidence.corpus.listing_error, "store.url", "edit store.url, or bring the store back")]
    if not seen.observation.seen:
        return [
            _finding(f"{url} holds no document that a pattern takes", "store.url", "edit store.url or store.include")
        ]
    return []


def _refusal(row: Mapping[str, Any]) -> Finding:
    what, parted, way_out = row["reason"].rpartition("; ")
    found = (what, way_out) if parted else (way_out, "correct it; the next refresh reads it again")
    more = f" (and {row['more']} more)" if row["more"] else ""
    return _finding(f"refused: {found[0]}{more}", row["item"], found[1])


def _finding(what: str, where: str, way_out: str, *, problem: bool = True) -> Finding:
    return {"where": where, "what": what, "way_out": way_out, "problem": problem}
