"""code: one digest for each stage, of the code that the stage really runs.

DVC does not follow Python imports. This stage does: it starts at ``pipelines/STAGE.py`` of the workspace, follows each
name to its definition, and digests the syntax trees of the definitions that it reaches. Comments, docstrings and the
annotations of functions are left out, so that a comment retrains nothing. Versions of the packages that compute
vectors and weights belong to the digest, where a stage reaches them.

Only the standard library is imported here: ``dvc repro`` runs this first, each time.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
CODE = Path("build") / "code.yaml"
ENTRIES = Path("pipelines")
"""Folder of the workspace's entry points, one for each stage."""

COMPUTING = {
    "torch": "torch", "transformers": "transformers", "peft": "peft", "sentence_transformers": "sentence-transformers",
    "tokenizers": "tokenizers", "openvino": "openvino", "qdrant_edge": "qdrant-edge-py", "gguf": "gguf",
    "onnxruntime": "onnxruntime", "llguidance": "llguidance",
}  # fmt: skip
"""Imported name → package, of those whose versions can change vectors and weights."""

DIGEST_LENGTH = 16

Place = tuple[Path, str]
"""A module's file and a name that it defines; the empty name stands for what the module does when it is imported."""


class Module:
    """A module as data: its definitions by name, its imports by name, and what it does when it is imported."""

    def __init__(self, path: Path) -> None:
        """Parse a file."""
        self.path = path
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.effects: list[ast.stmt] = []
        self.imports: dict[str, tuple[str, str | None]] = {}
        """Local name → (module, name in it; None for the module itself), wherever the import stands in the file."""
        tree = _Bare().visit(ast.parse(path.read_text(encoding="utf-8")))
        for statement in tree.body:
            names = list(_defined(statement))
            for name in names:
                self.definitions.setdefault(name, []).append(statement)
            if not names and not isinstance(statement, ast.Import | ast.ImportFrom):
                self.effects.append(statement)
        for node in ast.walk(tree):
            self.imports |= _imported(node)

    def nodes(self, name: str) -> list[ast.stmt]:
        """Return the statements that define ``name``, or the effects of importing the module."""
        return self.definitions.get(name, []) if name else self.effects


class _Bare(ast.NodeTransformer):
    """Leaves out what is not run: docstrings, strings that stand alone, and the annotations of functions."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop a string that stands alone."""
        lone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if lone else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop what a function says of its types."""
        node.returns = None
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            argument.annotation = None
        return self._filled(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Keep a class, whose annotations are its fields."""
        return self._filled(node)

    def _filled(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


def _defined(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module's top level defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def _imported(node: ast.AST) -> dict[str, tuple[str, str | None]]:
    if isinstance(node, ast.Import):
        return {alias.asname or alias.name.split(".")[0]: (alias.name, None) for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    return {}


@cache
def parsed(path: Path) -> Module:
    """Return a module, parsed once in a process."""
    return Module(path)


def source_of(module: str, local: Path) -> Path | None:
    """Return the file of a module of Pointsman, or of the workspace's folder of entry points; None for all others."""
    first, *rest = module.split(".")
    base = PACKAGE if first == "pointsman" else local if first == ENTRIES.name else None
    if base is None:
        return None
    path = base.joinpath(*rest)
    return next((f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file()), None)


def reached(entry: Path) -> tuple[dict[Place, str], frozenset[str]]:
    """Return the code that ``entry`` may run, by place, and the packages of ``COMPUTING`` that it may import."""
    local = entry.parent
    todo: list[Place] = [(entry, ""), *((entry, name) for name in parsed(entry).definitions)]
    code: dict[Place, str] = {}
    packages: set[str] = set()
    while todo:
        place = todo.pop()
        if place in code:
            continue
        module = parsed(place[0])
        nodes = module.nodes(place[1])
        code[place] = "\n".join(ast.unparse(node) for node in nodes)
        for name, attributes in _used(nodes).items():
            if name in module.definitions:
                todo.append((place[0], name))
            elif name in module.imports:
                todo += _followed(*module.imports[name], attributes, local, packages)
    return code, frozenset(packages)


def _used(nodes: list[ast.stmt]) -> dict[str, set[str]]:
    """Return the names that statements use, each with the attributes that are taken of it."""
    used: dict[str, set[str]] = {}
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Name):
            used.setdefault(node.id, set())
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
        for name, (module, _) in _imported(node).items():  # importing runs a module, used or not
            used.setdefault(name, set())
            used.setdefault(module.split(".")[0], set())
    return used


def _followed(module: str, name: str | None, attributes: set[str], local: Path, packages: set[str]) -> list[Place]:
    """Return the places behind an imported name; note the computing package that it comes from."""
    if module.split(".", maxsplit=1)[0] in COMPUTING:
        packages.add(COMPUTING[module.split(".", maxsplit=1)[0]])
    whole = source_of(f"{module}.{name}" if name else module, local)
    if whole is not None and not (name and name in _names(source_of(module, local))):
        return [(whole, ""), *((whole, attribute) for attribute in attributes if attribute in _names(whole))]
    path = source_of(module, local)
    if path is None or name is None:
        return []
    onward = parsed(path).imports.get(name)
    if name not in parsed(path).definitions and onward is not None:
        return [(path, ""), *_followed(*onward, attributes, local, packages)]
    return [(path, ""), (path, name)]


def _names(path: Path | None) -> dict[str, list[ast.stmt]]:
    return parsed(path).definitions if path else {}


def digest(entry: Path) -> str:
    """Return the digest of what ``entry`` runs: 16 hexadecimal digits, the same on every machine."""
    code, packages = reached(entry)
    local = entry.parent
    lines = [f"{_named(path, local)}:{name}\n{text}" for (path, name), text in code.items() if text]
    return hashlib.sha256("\n".join([*sorted(lines), *sorted(map(_version, packages))]).encode()).hexdigest()[
        :DIGEST_LENGTH
    ]


def _named(path: Path, local: Path) -> str:
    return str(path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else local))


def _version(package: str) -> str:
    """Return a package with its version, without the build's name: ``2.13.0+cpu`` computes what ``2.13.0`` does."""
    try:
        return f"{package}=={version(package).split('+')[0]}"
    except PackageNotFoundError:
        return f"{package} is not installed"


def digests(entries: Path = ENTRIES) -> dict[str, str]:
    """Return the digest of each stage that has an entry point in ``entries``, by name."""
    return {entry.stem: digest(entry) for entry in sorted(entries.glob("*.py")) if entry.stem != Path(__file__).stem}


def main() -> None:
    """Write build/code.yaml; the same bytes for the same code."""
    CODE.parent.mkdir(exist_ok=True)
    lines = [f"{stage}: '{value}'" for stage, value in digests().items()]
    CODE.write_text("\n".join(["# written by the stage `code`; each stage depends on its own key", *lines, ""]))


if __name__ == "__main__":
    main()
