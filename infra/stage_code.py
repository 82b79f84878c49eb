"""The code that each stage of dvc.yaml runs: dvc does not follow Python imports, so every stage names it.

python -m infra.stage_code     writes dvc.yaml anew where an import came or went (make stages)
"""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
GRAPH = ROOT / "dvc.yaml"


def source_of(module: str) -> Path | None:
    """Return the file of a first-party module, or None."""
    for base in (ROOT / "src", ROOT):
        path = base.joinpath(*module.split("."))
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file() and candidate.is_relative_to(base):
                return candidate
    return None


@cache
def imported_by(path: Path) -> frozenset[Path]:
    """Return the first-party files that a file imports, at its top or inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {
            source for name in names if name.split(".")[0] in {"pointsman", "pipelines"} and (source := source_of(name))
        }
    return frozenset(found)


def closure(stage: str) -> set[str]:
    """Return every first-party file that running a stage may execute, empty packages left out."""
    todo, seen = [ROOT / "pipelines" / f"{stage}.py"], set()
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += imported_by(path)
    return {str(path.relative_to(ROOT)) for path in seen if path.name != "__init__.py"}


def with_code(graph: str) -> str:
    """Return the text of a dvc.yaml with the code that each stage runs as its dependencies."""
    stage, told, lines = "", False, list[str]()
    for line in graph.splitlines():
        if named := re.fullmatch(r"  (\w+):", line):
            stage, told = named[1], False
        if stage and re.fullmatch(r"      - \S+\.py", line):
            lines += [] if told else [f"      - {path}" for path in sorted(closure(stage))]
            told = True
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write dvc.yaml."""
    GRAPH.write_text(with_code(GRAPH.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
