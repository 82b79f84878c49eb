"""Make a workspace for a bench, with ``pointsman init`` as a user would."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pointsman.bootstrap.init import init_workspace


def new_workspace(root: Path, **sections: Mapping[str, Any]) -> None:
    """Make a workspace in ``root``, which is missing or empty, with an empty store ``documents``.

    ``init`` refuses a folder inside another workspace, and this repository is one. So the workspace is made in a
    temporary folder and copied. It appears in one rename: an interrupted copy leaves no half workspace.

    Args:
        root: the folder of the workspace.
        sections: sections of params.yaml with the keys to change.
    """
    aside = root.with_name(f".{root.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "workspace"
        init_workspace(made, store="documents")
        shutil.copytree(made, aside)
    (aside / "documents").mkdir()
    set_params(aside, **sections)
    aside.rename(root)


def set_params(root: Path, **sections: Mapping[str, Any]) -> None:
    """Change keys of params.yaml in a workspace."""
    path = root / "params.yaml"
    params = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section, values in sections.items():
        params[section] = {**params[section], **values}
    path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
