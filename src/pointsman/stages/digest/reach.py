"""The code that an entry point may run: each name is followed to its definition, each import to what it runs."""

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pointsman.stages.digest.module import HOUSE, Module
from pointsman.stages.digest.syntax import Chain, Import, chain_of

ENTRIES = "pipelines"

COMPUTING = {
    "torch": "torch", "transformers": "transformers", "peft": "peft", "sentence_transformers": "sentence-transformers",
    "tokenizers": "tokenizers", "openvino": "openvino", "qdrant_edge": "qdrant-edge-py", "gguf": "gguf",
    "onnxruntime": "onnxruntime", "llguidance": "llguidance", "numpy": "numpy", "safetensors": "safetensors",
    "sentencepiece": "sentencepiece",
}  # fmt: skip
"""Imported name → package, of those whose versions can change vectors and weights."""

ONLY_MESSAGES = frozenset({"settings/mistakes.py"})
"""Modules that only word the messages of errors; they are left out."""

ERROR_TEXTS = {"core/errors.py": frozenset({"title", "way_out"})}
"""Module → class attributes that only people read; they are left out."""

SECTIONS = {"settings/params.py": frozenset({"Params"})}
"""Module → class each of whose fields counts only where reached code reads an attribute of that name."""

Place = tuple[Path, str]
"""A module's file and a name that it defines. The empty name: what an import of it runs. ``import NAME``: where NAME
comes from."""


class Sources:
    """The files that are followed: those of Pointsman, and those in the folder of the entry points."""

    def __init__(self, package: Path, entries: Path) -> None:
        """Take the two folders; a file is read when it is reached."""
        self.package = package
        self.entries = entries
        self._modules: dict[Path, Module] = {}
        self._paths: dict[str, Path | None] = {}
        self._names: dict[Path, str] = {}
        self._registering: dict[Path, list[str]] = {}

    def path(self, module: str) -> Path | None:
        """Return the file of a module; None if the module is not followed."""
        if module not in self._paths:
            place = self._place(module)
            files = [place / "__init__.py"] if place in {self.package, self.entries} else _files(place)
            self._paths[module] = next((each for each in files if each.is_file()), None)
        return self._paths[module]

    def is_followed(self, module: str) -> bool:
        """Return whether a module is a file that is followed, or a folder of such files."""
        return self.path(module) is not None or self._place(module).is_dir()

    def _place(self, module: str) -> Path:
        """Return where a module stands, without the ending of its file; Python looks nowhere else for Pointsman's."""
        first, *rest = module.split(".")
        if first == HOUSE:
            return self.package.joinpath(*rest)
        return self.entries.joinpath(*(rest if first == ENTRIES else [first, *rest]))

    def module(self, path: Path) -> Module:
        """Return a file, parsed once."""
        if path not in self._modules:
            name = self.name(path)
            self._modules[path] = Module(
                path,
                sections=SECTIONS.get(name, frozenset()),
                left_out=ERROR_TEXTS.get(name, frozenset()),
                imported_only=not path.is_relative_to(self.entries),
            )
        return self._modules[path]

    def name(self, path: Path) -> str:
        """Return the name of a file, the same on every machine: relative to its folder."""
        if path not in self._names:
            house = path.is_relative_to(self.package)
            self._names[path] = path.relative_to(self.package if house else self.entries).as_posix()
        return self._names[path]

    def absolute(self, module: str, path: Path) -> str:
        """Return the module that an import in ``path`` means, without leading dots."""
        bare = module.lstrip(".")
        if bare == module:
            return module
        top = HOUSE if path.is_relative_to(self.package) else ENTRIES
        folder = [top, *Path(self.name(path)).parts[:-1]]
        ups = len(module) - len(bare) - 1
        return ".".join([*folder[: len(folder) - ups], *filter(None, [bare])])

    def registering(self, path: Path) -> list[str]:
        """Return the classes of a module that a base class hears of while the module is imported."""
        if path not in self._registering:
            module = self.module(path)
            self._registering[path] = [each.name for each in module.classes() if self._is_heard_of(path, each, 8)]
        return self._registering[path]

    def _is_heard_of(self, path: Path, kind: ast.ClassDef, depth: int) -> bool:
        """Return whether a base class in a followed file has ``__init_subclass__``, up to ``depth`` classes away."""
        for base in kind.bases if depth else ():
            for where, found in self._classes(path, chain_of(base), depth):
                if any(isinstance(each, ast.FunctionDef) and each.name == "__init_subclass__" for each in found.body):
                    return True
                if self._is_heard_of(where, found, depth - 1):
                    return True
        return False

    def _classes(self, path: Path, chain: Chain, depth: int) -> list[tuple[Path, ast.ClassDef]]:
        """Return the classes that a dotted name in a file may mean."""
        module = self.module(path)
        if len(chain) == 1 and chain[0] in module.definitions:
            return [(path, each) for each in module.definitions[chain[0]] if isinstance(each, ast.ClassDef)]
        found: list[tuple[Path, ast.ClassDef]] = []
        for each in module.bound(chain[0]) if chain and depth else ():
            dotted = [self.absolute(each.module, path), *filter(None, [each.name]), *chain[1:]]
            where = self.path(".".join(dotted[:-1]))
            found += self._classes(where, (dotted[-1],), depth - 1) if where else []
        return found


def _files(place: Path) -> list[Path]:
    return [place / "__init__.py", place.with_suffix(".py")]


@dataclass
class Reach:
    """All that one entry point may run."""

    sources: Sources
    code: dict[Place, str] = field(default_factory=dict)
    """The text of each place that is reached; places without any code are left out."""
    packages: set[str] = field(default_factory=set)
    """Packages of ``COMPUTING`` that are used."""
    others: set[str] = field(default_factory=set)
    """Other packages that a file of the workspace imports, by the name of the import."""
    _seen: set[Place] = field(default_factory=set)
    _todo: list[Place] = field(default_factory=list)
    _followed: dict[tuple[str, Chain], bool] = field(default_factory=dict)
    """Module and chain → whether the module has such a name."""
    _attributes: set[str] = field(default_factory=set)

    def follow(self, entry: Path) -> "Reach":
        """Reach all of an entry point, and what it leads to."""
        self._follow(f"{ENTRIES}.{entry.stem}", ())
        while self._todo:
            self._read(*self._todo.pop())
            if not self._todo:
                self._add_sections()
        return self

    def _read(self, path: Path, name: str) -> None:
        """Read one place and follow all that it names."""
        module = self.sources.module(path)
        found = module.uses(name)
        if found.text:
            self.code[path, name] = found.text
        self._attributes |= found.attributes
        for each in found.imports:
            self._import(path, each)
        if not name:
            for each in module.imports:
                self._import(path, each, used=each.local in module.names)
            for kind in self.sources.registering(path):
                self._add(path, kind)
        for chain in found.chains:
            self._name(path, chain, found.imports)

    def _add(self, path: Path, name: str) -> None:
        if (path, name) not in self._seen and self.sources.name(path) not in ONLY_MESSAGES:
            self._seen.add((path, name))
            self._todo.append((path, name))

    def _whole(self, path: Path | None) -> None:
        """Reach everything in a module, also what it has from others."""
        if path is not None:
            module = self.sources.module(path)
            for name in module.definitions:
                self._add(path, name)
            for each in module.imports if not path.is_relative_to(self.sources.entries) else ():
                if each.name == "*":
                    self._follow(self.sources.absolute(each.module, path), ())
                elif each.name:
                    self._name(path, (each.local,))

    def _import(self, path: Path, each: Import, *, used: bool = False) -> None:
        """Reach what an import statement runs. A package that is not followed counts here unless its name is used."""
        target = self.sources.absolute(each.target, path)
        parts = target.split(".")
        for length in range(1, len(parts) + 1):
            self._run(".".join(parts[:length]))
        if each.name and each.name != "*":
            self._run(f"{target}.{each.name}")
        if not self.sources.is_followed(parts[0]):
            self._package(parts[0], local=path.is_relative_to(self.sources.entries), used=used)

    def _run(self, module: str) -> None:
        """Reach what the first import of a module runs."""
        path = self.sources.path(module)
        if path is not None:
            self._add(path, "")

    def _package(self, name: str, *, local: bool = False, used: bool = False) -> None:
        if name in COMPUTING:
            self.packages |= set() if used else {COMPUTING[name]}
        elif local and name not in sys.stdlib_module_names and name != ENTRIES:
            self.others.add(name)

    def _name(self, path: Path, chain: Chain, also: tuple[Import, ...] = ()) -> bool:
        """Follow a name that code in ``path`` reads; return whether the module has such a name."""
        module = self.sources.module(path)
        head, *rest = chain
        bound = module.bound(head, also)
        if head in module.definitions:
            self._add(path, head)
        for each in bound:
            target = self.sources.absolute(each.module, path)
            origin = ".".join(filter(None, [target, each.name]))
            self.code[path, f"import {head}: {origin}"] = origin
            self._follow(target, (*filter(None, [each.name]), *rest))
            if each.name is None and not rest and each.target != each.module:
                self._follow(each.target, ())
        if bound or head in module.definitions:
            return True
        stars = [self.sources.absolute(each.module, path) for each in module.bound("*", also)]
        return max([self._follow(star, chain) for star in stars], default=False)

    def _follow(self, name: str, chain: Chain) -> bool:
        """Follow a chain from a module on; an empty chain stands for the whole module."""
        if not self.sources.is_followed(name):
            self._package(name.partition(".")[0])
            return False
        if (name, chain) not in self._followed:
            self._followed[name, chain] = True  # for imports in a circle
            self._followed[name, chain] = self._lead(name, self.sources.path(name), chain)
        return self._followed[name, chain]

    def _lead(self, name: str, path: Path | None, chain: Chain) -> bool:
        """Follow a chain from a module that is read here, with the file ``path`` or as a folder without one."""
        if path is not None:
            self._add(path, "")
        if not chain:
            self._whole(path)
            return True
        found = path is not None and self._name(path, chain)
        if self.sources.is_followed(f"{name}.{chain[0]}"):
            return self._follow(f"{name}.{chain[0]}", chain[1:])
        if path is not None and not found and "__getattr__" in self.sources.module(path).definitions:
            self._add(path, "__getattr__")
            return True
        return found

    def _add_sections(self) -> None:
        """Reach the fields of a class of ``SECTIONS`` whose names reached code reads."""
        for path, kind in [place for place in self._seen if place[1]]:
            fields = self.sources.module(path).sections.get(kind, frozenset())
            for name in fields & self._attributes:
                self._add(path, f"{kind}.{name}")
