"""Syntax trees without the parts that run nothing, and the names that a piece of code uses."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Chain = tuple[str, ...]
"""A name and the attributes that are taken of it: ``("np", "random", "default_rng")``."""


@dataclass(frozen=True)
class Import:
    """One name that an import statement binds."""

    local: str
    """The name in the file; ``*`` for all names of the module."""
    module: str
    """The module, with the dots of a relative import before it."""
    name: str | None
    """The name in the module; None where the module itself is bound."""
    target: str
    """The module or name that an ``import a.b`` without ``as`` loads besides ``a``; else the same as ``module``."""


@dataclass(frozen=True)
class Uses:
    """A piece of code as text, and all that it names."""

    text: str
    """The code without comments, docstrings and annotations."""
    chains: frozenset[Chain]
    """The names that it reads, with their attributes."""
    attributes: frozenset[str]
    """Every attribute that it reads, of whatever value."""
    imports: tuple[Import, ...]
    """The imports inside of it."""


class _Bare(ast.NodeTransformer):
    """Leaves out what runs nothing: docstrings, strings that stand alone, annotations outside classes, type imports."""

    def __init__(self, in_class: bool) -> None:
        """Start inside the body of a class, where annotations are fields, or outside of one."""
        self._in_class = in_class

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop a string that stands alone."""
        lone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if lone else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST] | None:
        """Drop what only type checkers read."""
        if is_for_type_checkers(node):
            return [kept for statement in node.orelse for kept in _listed(self.visit(statement))]
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Keep a field of a class; of any other annotated name keep the value."""
        if self._in_class:
            return self.generic_visit(node)
        if node.value is None:
            return None
        return self.generic_visit(ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop what a function says of its types."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Drop what an asynchronous function says of its types."""
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Keep a class, whose annotations are its fields."""
        return self._inside(node, in_class=True)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        arguments = node.args
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if each is not None:
                each.annotation = None
        return self._inside(node, in_class=False)

    def _inside(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, *, in_class: bool) -> ast.AST:
        outer, self._in_class = self._in_class, in_class
        self.generic_visit(node)
        self._in_class = outer
        node.body = node.body or [ast.Pass()]
        return node


def _listed(value: ast.AST | list[ast.AST] | None) -> list[ast.AST]:
    return value if isinstance(value, list) else [] if value is None else [value]


def is_for_type_checkers(node: ast.stmt) -> bool:
    """Return whether a statement is ``if TYPE_CHECKING:``."""
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def bare(statements: Sequence[ast.stmt], *, in_class: bool = False) -> list[ast.AST]:
    """Return statements without what runs nothing. The statements themselves are changed."""
    transformer = _Bare(in_class)
    return [kept for statement in statements for kept in _listed(transformer.visit(statement))]


def uses(statements: Sequence[ast.stmt], *, in_class: bool = False) -> Uses:
    """Return the text of statements and all that they name.

    Args:
        statements: the code; it is changed.
        in_class: whether it is a part of the body of a class, where annotations are fields.
    """
    nodes = bare(statements, in_class=in_class)
    text = "\n".join(map(ast.unparse, nodes))
    chains: set[Chain] = set()
    attributes: set[str] = set()
    imports: list[Import] = []
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports += imported(node)
        elif isinstance(node, ast.Attribute | ast.Name):
            base, chain = _chain(node)
            attributes.update(chain)
            if isinstance(base, ast.Name):
                chains.add((base.id, *chain))
            else:
                nodes.append(base)
        else:
            nodes += ast.iter_child_nodes(node)
    return Uses(text, frozenset(chains), frozenset(attributes), tuple(imports))


def _chain(node: ast.expr) -> tuple[ast.expr, Chain]:
    """Return what attributes are taken of, and the attributes in their order."""
    chain: list[str] = []
    while isinstance(node, ast.Attribute):
        chain.append(node.attr)
        node = node.value
    return node, tuple(reversed(chain))


def chain_of(node: ast.expr) -> Chain:
    """Return a dotted name as a chain, or nothing for any other expression."""
    base, chain = _chain(node)
    return (base.id, *chain) if isinstance(base, ast.Name) else ()


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[Import]:
    """Yield the names that an import statement binds."""
    if isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        yield from (Import(alias.asname or alias.name, module, alias.name, module) for alias in node.names)
        return
    for alias in node.names:
        first = alias.name.split(".")[0]
        yield Import(alias.asname or first, alias.name if alias.asname else first, None, alias.name)
