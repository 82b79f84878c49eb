"""A Python file as data: its definitions by name, its imports, and what an import of it runs."""

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pointsman.stages.digest.syntax import Chain, Import, Uses, chain_of, imported, is_for_type_checkers, uses

HOUSE = "pointsman"

HARMLESS: dict[str, frozenset[str]] = {
    "abc": frozenset({"abstractmethod"}),
    "contextlib": frozenset({"asynccontextmanager", "contextmanager"}),
    "dataclasses": frozenset({"dataclass", "field"}),
    "enum": frozenset({"auto", "unique"}),
    "functools": frozenset({"cache", "cached_property", "lru_cache", "partial", "total_ordering", "wraps"}),
    "itertools": frozenset({"chain", "product"}),
    "logging": frozenset({"getLogger"}),
    "operator": frozenset({"attrgetter", "itemgetter"}),
    "pydantic.dataclasses": frozenset({"dataclass"}),
    "re": frozenset({"compile", "escape"}),
    "typing": frozenset({"final", "overload", "override", "runtime_checkable"}),
}
"""Module → its decorators and functions that leave no trace outside of what they return."""

READERS = frozenset({
    "format", "fromhex", "fromkeys", "get", "items", "join", "keys", "lower", "maketrans", "split", "strip", "union",
    "upper", "values",
})  # fmt: skip
"""Methods that change nothing."""

TRACES = frozenset({"__import__", "delattr", "eval", "exec", "input", "open", "print", "setattr"})
"""Functions of Python's own that do leave a trace."""

PLAIN = ast.Assign | ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Pass
"""Statements in the body of a class that only define."""


class Module:
    """A file, parsed once. A piece of it is read when a stage reaches it."""

    def __init__(self, path: Path, *, sections: frozenset[str], left_out: frozenset[str], imported_only: bool) -> None:
        """Parse a file.

        Args:
            path: the file.
            sections: classes whose fields are definitions of their own, ``CLASS.FIELD``.
            left_out: class attributes that are left out: texts for people.
            imported_only: whether the file is never run as a script, so that ``if __name__ == "__main__":`` runs
                nothing.
        """
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.imports: list[Import] = []
        self.sections = {name: frozenset[str]() for name in sections}
        self._effects: list[ast.stmt] = []
        self._uses: dict[str, Uses] = {}
        for statement in tree.body:
            if not is_for_type_checkers(statement) and not (imported_only and _is_for_scripts(statement)):
                self._sort(statement, left_out)
        followed = all(each.module.split(".")[0] in {"", HOUSE, *sys.stdlib_module_names} for each in self.imports)
        self.names = frozenset() if followed else frozenset(_names(tree))
        """The names in the file, outside of import statements; empty where it imports no foreign package."""
        self._effects += [s for group in self.definitions.values() for s in group if self._may_register(s)]

    def _sort(self, statement: ast.stmt, left_out: frozenset[str]) -> None:
        """Put a statement of the top level where it belongs."""
        if isinstance(statement, ast.ClassDef):
            statement.body = [each for each in statement.body if left_out.isdisjoint(defined(each))]
            if statement.name in self.sections:
                self._split(statement)
        names = list(defined(statement))
        for name in names:
            self.definitions.setdefault(name, []).append(statement)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            self.imports += imported(statement)
        elif not names and not _is_text(statement):
            self._effects.append(statement)
            nodes = (node for node in ast.walk(statement) if isinstance(node, ast.Import | ast.ImportFrom))
            self.imports += [each for node in nodes for each in imported(node)]

    def _split(self, statement: ast.ClassDef) -> None:
        """Make each annotated field of a class a definition of its own."""
        taken = [
            each for each in statement.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        ]
        for each in taken:
            self.definitions[f"{statement.name}.{ast.unparse(each.target)}"] = [each]
        self.sections[statement.name] = frozenset(ast.unparse(each.target) for each in taken)
        statement.body = [each for each in statement.body if each not in taken]

    def uses(self, name: str) -> Uses:
        """Return what the definition ``name`` uses; for the empty name, what an import of the module runs."""
        if name not in self._uses:
            statements = self.definitions.get(name, []) if name else self._effects
            self._uses[name] = uses(statements, in_class="." in name)
        return self._uses[name]

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yield the classes of the top level that have base classes."""
        for group in self.definitions.values():
            yield from (each for each in group if isinstance(each, ast.ClassDef) and each.bases)

    def bound(self, name: str, also: Iterable[Import] = ()) -> list[Import]:
        """Return every import that may bind a name: a module may have several, in branches."""
        return [each for each in (*self.imports, *also) if each.local == name]

    def _may_register(self, statement: ast.stmt) -> bool:
        """Return whether a definition may leave a trace elsewhere while the module is imported."""
        if isinstance(statement, ast.ClassDef) and not all(isinstance(s, PLAIN) or _is_text(s) for s in statement.body):
            return True
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            decorators = (each.func if isinstance(each, ast.Call) else each for each in statement.decorator_list)
            if getattr(statement, "keywords", ()) or not all(map(self._is_known, decorators)):
                return True
        calls = (node.func for node in _run_at_once(statement) if isinstance(node, ast.Call))
        return not all(self._is_known(each) or self._only_returns(each) for each in calls)

    def _is_known(self, node: ast.expr) -> bool:
        """Return whether a decorator or a function is one of ``HARMLESS`` or of Python's own."""
        chain = chain_of(node)
        if not chain:
            return False
        origins = self._origins(chain)
        if origins:
            return all(name in HARMLESS.get(module, ()) for module, _, name in origins)
        own = chain[0] not in self.definitions and hasattr(builtins, chain[0])
        return own and len(chain) == 1 and chain[0] not in TRACES

    def _only_returns(self, node: ast.expr) -> bool:
        """Return whether a call makes an object or asks a value for something."""
        chain = chain_of(node)
        if not chain:
            return isinstance(node, ast.Attribute) and node.attr in READERS
        if _is_class(chain[-1]):
            return True
        return chain[-1] in READERS and all(_is_value(module) for module, _, _ in self._origins(chain))

    def _origins(self, chain: Chain) -> list[tuple[str, str, str]]:
        """Return from where an import may bring a dotted name, each parted at its last dot."""
        parts = ([each.module, each.name, *chain[1:]] for each in self.bound(chain[0]))
        return [".".join(filter(None, each)).rpartition(".") for each in parts]


def _is_class(name: str) -> bool:
    """Return whether a name is written as a class is: to make an object changes nothing else."""
    return name.lstrip("_")[:1].isupper()


def _is_value(dotted: str) -> bool:
    """Return whether a dotted name is written as a class or a constant is, and not as a module."""
    return _is_class(dotted.rpartition(".")[2])


def _run_at_once(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a definition that run with it: not the bodies of functions, and no annotations."""
    yield node
    for name, value in ast.iter_fields(node):
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and name == "body"
        if not inside and name not in {"annotation", "returns"}:
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, ast.AST):
                    yield from _run_at_once(inner)


def _names(tree: ast.Module) -> Iterator[str]:
    return (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_for_scripts(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "__name__ == '__main__'"


def defined(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement defines. Nothing, if it also changes something that exists already."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = [name for target in targets for name in _targets(target)]
        yield from (name for name in names if name and None not in names)


def _targets(target: ast.expr) -> Iterator[str | None]:
    """Yield the names in the target of an assignment; None for an attribute or an item."""
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _targets(each)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value)
    else:
        yield target.id if isinstance(target, ast.Name) else None
