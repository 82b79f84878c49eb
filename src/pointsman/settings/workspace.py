"""The folder of a workspace and the places of the files in it."""

from pathlib import Path
from typing import Any

import yaml

from pointsman.core.errors import UsageError
from pointsman.settings.params import Params, parse_params


class UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which no key may be given twice: of two sections with one name, the first would be ignored silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping.

        Raises:
            ConstructorError: a key is given twice.
        """
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is given twice; keep one", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class WorkspaceFolder:
    """The folder with params.yaml, and the places of Pointsman's files in it."""

    def __init__(self, root: Path | str = ".") -> None:
        """Take the folder; nothing is read or created."""
        self.root = Path(root).resolve()

    @property
    def state(self) -> Path:
        """Folder of all embedded data: ledger, index, caches."""
        return self.root / ".pointsman"

    @property
    def build(self) -> Path:
        """Folder into which the DVC stages write."""
        return self.root / "build"

    @property
    def scratch(self) -> Path:
        """Folder of files that may be lost at any time. It is emptied when a document is erased."""
        return self.state / "scratch"

    def checkpoint(self, role: str) -> Path:
        """File with the checkpoint of a role's training until its adapter is written. DVC does not remove it."""
        return self.scratch / "training" / f"{role}.safetensors"

    def params(self) -> Params:
        """Read params.yaml.

        Raises:
            UsageError: it is missing, is not YAML, or has unknown or missing keys or wrong values. All are listed.
        """
        path = self.root / "params.yaml"
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader)  # noqa: S506 - a SafeLoader
        except FileNotFoundError:
            raise UsageError(
                f"no params.yaml in {self.root}; change to a workspace, or make one with `pointsman init`"
            ) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is not YAML: {error}", way_out=f"correct {path}") from None
        return parse_params(raw, str(path))
