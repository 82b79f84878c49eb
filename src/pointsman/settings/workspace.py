"""The folder of a workspace, and where the files in it lie."""

from pathlib import Path
from typing import Any

import yaml

from pointsman.core.errors import UsageError
from pointsman.settings.params import Params, parse


class Once(yaml.SafeLoader):
    """YAML in which a key that stands twice is a mistake: of two sections the first would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping.

        Raises:
            ConstructorError: a key stands in it twice.
        """
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class Workspace:
    """The folder that holds params.yaml, and the places of Pointsman's files below it."""

    def __init__(self, root: Path | str = ".") -> None:
        """Name a workspace; nothing is read or made."""
        self.root = Path(root).resolve()

    @property
    def state(self) -> Path:
        """Everything embedded lives here."""
        return self.root / ".pointsman"

    @property
    def build(self) -> Path:
        """What dvc stages write."""
        return self.root / "build"

    @property
    def scratch(self) -> Path:
        """What may be lost at any time, and is swept when a document is forgotten."""
        return self.state / "scratch"

    def checkpoint(self, role: str) -> Path:
        """Where the training of a role keeps how far it came, until its adapter is written; dvc does not remove it."""
        return self.scratch / "training" / f"{role}.safetensors"

    def params(self) -> Params:
        """Read params.yaml.

        Raises:
            UsageError: it is missing, is no YAML, or has unknown, missing or impossible values; all are listed at once.
        """
        path = self.root / "params.yaml"
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), Loader=Once)  # noqa: S506 - a SafeLoader
        except FileNotFoundError:
            raise UsageError(f"no params.yaml in {self.root}; run pointsman inside a workspace") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is not YAML: {error}") from None
        return parse(raw, str(path))
