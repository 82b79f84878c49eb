"""The structure of a Python source tree, measured: what a stranger has to find his way through.

    python -m bench.quality.structure [src/pointsman] [other/checkout/src/pointsman]

    python -m bench.quality.structure --refresh

Prints for each tree: modules, lines, the length of functions, return types, docstrings, modules in the fullest folder,
import cycles, and the longest chain of imports (modules that import each other in a row, cycles counted as one).
Nothing is imported: all is read from the syntax trees.

``--refresh`` runs one refresh of an edited page on the fakes of the tests, and counts the modules of ``steps`` and
``core`` that it enters, and the calls from one package of ``steps`` into another.
"""

import argparse
import ast
import json
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import FrameType

LONG_FUNCTION = 40
"""Lines above which a function counts as long."""


@dataclass(frozen=True)
class Structure:
    """The measures of one tree."""

    modules: int
    lines: int
    median_function_lines: float
    long_functions: int
    """Functions above 40 lines."""
    longest_file_lines: int
    typed_returns: float
    """Share of functions with a return type, 0..1."""
    documented: float
    """Share of public functions and classes with a docstring, 0..1."""
    fullest_folder: str
    fullest_folder_modules: int
    modules_by_folder: dict[str, int]
    import_cycles: int
    """Modules that stand in a cycle of imports, imports inside functions included."""
    longest_chain: int
    """Modules that import one another in a row, at the top of the files; 0 where there is a cycle."""


def measured(root: Path) -> Structure:
    """Return the measures of the package in ``root``."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.py"))}
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    lengths = [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    public = [
        node
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    folders = Counter(str(path.parent.relative_to(root)) for path in trees if path.name != "__init__.py")
    fullest, most = folders.most_common(1)[0]
    sizes = [len(path.read_text(encoding="utf-8").splitlines()) for path in trees]
    names = {_dotted(root, path): tree for path, tree in trees.items()}
    everywhere = {name: _imports(tree, names, nested=True) - {name} for name, tree in names.items()}
    at_top = {name: _imports(tree, names, nested=False) - {name} for name, tree in names.items()}
    return Structure(
        modules=sum(folders.values()),
        lines=sum(sizes),
        median_function_lines=statistics.median(lengths),
        long_functions=sum(length > LONG_FUNCTION for length in lengths),
        longest_file_lines=max(sizes),
        typed_returns=round(sum(node.returns is not None for node in functions) / len(functions), 3),
        documented=round(sum(ast.get_docstring(node) is not None for node in public) / len(public), 3),
        fullest_folder=fullest,
        fullest_folder_modules=most,
        modules_by_folder=dict(sorted(folders.items())),
        import_cycles=_in_cycles(everywhere),
        longest_chain=_chain(at_top),
    )


def _dotted(root: Path, path: Path) -> str:
    parts = (root.name, *path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.Module, names: dict[str, ast.Module], *, nested: bool) -> set[str]:
    """Return the modules of the package that a module imports."""
    found = set()
    for node in ast.walk(tree) if nested else tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                whole if (whole := f"{node.module}.{alias.name}") in names else node.module for alias in node.names
            }
    return found & names.keys()


def _in_cycles(edges: dict[str, set[str]]) -> int:
    """Return the number of modules that reach themselves."""
    reach: dict[str, set[str]] = {}
    for start, first in edges.items():
        seen: set[str] = set()
        todo = list(first)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += edges[name]
        reach[start] = seen
    return sum(name in seen for name, seen in reach.items())


def _chain(edges: dict[str, set[str]]) -> int:
    """Return the length of the longest chain of imports, in modules."""
    depth: dict[str, int] = {}
    try:
        for name in TopologicalSorter(edges).static_order():
            depth[name] = 1 + max((depth[each] for each in edges[name]), default=0)
    except CycleError:
        return 0
    return max(depth.values())


def entered() -> dict[str, object]:
    """Return what one refresh of one edited page enters: modules, and calls between packages of ``steps``."""
    from tests.fakes.resources import begun, fake_resources, pages, run

    modules: Counter[str] = Counter()
    calls: Counter[tuple[str, str]] = Counter()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event != "call" or frame.f_back is None:
            return
        here, there = (str(each.f_globals.get("__name__", "")) for each in (frame, frame.f_back))
        if here.startswith(("pointsman.steps.", "pointsman.core.")):
            modules[here] += 1
        ours, theirs = (name.split(".")[2] if name.startswith("pointsman.steps.") else "" for name in (here, there))
        if ours and theirs and ours != theirs:
            calls[theirs, ours] += 1

    with tempfile.TemporaryDirectory() as scratch:
        resources = begun(fake_resources(Path(scratch), pages(12)))
        text = resources.store.read("doc03.md").decode()
        resources.store.write("doc03.md", text.replace("call number 3", "write to number 33"))
        sys.setprofile(note)
        try:
            run(resources)
        finally:
            sys.setprofile(None)
    turned = [f"{a} ⇄ {b}" for a, b in sorted(calls) if a < b and (b, a) in calls]
    return {
        "modules of steps": sum(name.startswith("pointsman.steps.") for name in modules),
        "modules of core": sum(name.startswith("pointsman.core.") for name in modules),
        "arrows between packages of steps": len(calls),
        "packages of steps that call each other both ways": turned,
    }


def main() -> None:
    """Print the measures of each tree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("roots", type=Path, nargs="*", default=[Path("src/pointsman")], help="folders of a package")
    parser.add_argument("--refresh", action="store_true", help="count what one refresh enters, on the tests' fakes")
    asked = parser.parse_args()
    if asked.refresh:
        print(json.dumps(entered(), indent=1, ensure_ascii=False))
        return
    for root in asked.roots:
        print(json.dumps({"tree": str(root), **asdict(measured(root.resolve()))}, indent=1))


if __name__ == "__main__":
    main()
