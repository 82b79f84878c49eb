"""Pointsman keeps an assistant's knowledge current: re-index, retrain, both or neither, measured and shipped as one."""

from typing import TYPE_CHECKING, Any

from pointsman.version import __version__

if TYPE_CHECKING:
    from pointsman.api.workspace import Workspace

__all__ = ["Workspace", "__version__"]


def __getattr__(name: str) -> Any:
    """Return ``Workspace`` when it is asked for; importing pointsman loads nothing else."""
    if name != "Workspace":
        raise AttributeError(f"module 'pointsman' has no attribute {name!r}")
    from pointsman.api.workspace import Workspace

    return Workspace
