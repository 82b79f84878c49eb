"""``state`` of params.yaml: who may read the files that Pointsman keeps."""

from pydantic.dataclasses import dataclass

from pointsman.settings.numbers import STRICT


@dataclass(frozen=True, slots=True, config=STRICT)
class State:
    """``state``: the files of the workspace that hold text of documents: ``.pointsman``, ``build``, DVC's cache."""

    group: str | None = None
    """null: only the owner of the workspace may read and write them (modes 0700 and 0600). A Unix group that shares the
    workspace: its members may too (2770 and 0660)."""
