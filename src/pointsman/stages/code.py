"""code: one digest for each stage, of the code that the stage really runs.

DVC does not follow Python imports. This stage does: it starts at each ``pipelines/STAGE.py`` that dvc.yaml names,
follows each name to its definition and each import to what it runs, and digests the syntax trees of what it reaches.
Comments, docstrings, annotations outside classes and texts of errors are left out, so that a comment retrains nothing.
Versions of the packages that compute vectors and weights belong to the digest, where a stage reaches them.

Only the standard library is imported here: ``dvc repro`` runs this first, each time.
"""

import hashlib
import re
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from pointsman.stages.digest.reach import ENTRIES, Place, Reach, Sources

PACKAGE = Path(__file__).parents[1]
CODE = Path("build") / "code.yaml"
GRAPH = Path("dvc.yaml")

DIGEST_LENGTH = 16


def reached(entry: Path, package: Path = PACKAGE) -> tuple[dict[Place, str], frozenset[str]]:
    """Return the code that ``entry`` may run, by place, and the packages of ``COMPUTING`` that it uses."""
    found = Reach(Sources(package, entry.parent)).follow(entry)
    return found.code, frozenset(found.packages)


def stage_digest(entry: Path, sources: Sources) -> str:
    """Return the digest of what ``entry`` runs: 16 hexadecimal digits, the same on every machine."""
    found = Reach(sources).follow(entry)
    lines = [f"{sources.name(path)}:{name}\n{text}" for (path, name), text in found.code.items()]
    versions = {_version(package) for package in found.packages | _distributions(found.others)}
    whole = "\n".join([*sorted(lines), *sorted(versions)])
    return hashlib.sha256(whole.encode()).hexdigest()[:DIGEST_LENGTH]


def _distributions(names: set[str]) -> set[str]:
    """Return the installed packages that imported names belong to. Only an edited entry point has such names."""
    installed = packages_distributions() if names else {}
    return {package for name in names for package in installed.get(name, ())}


def _version(package: str) -> str:
    """Return a package with its version, without the build's name: ``2.13.0+cpu`` computes what ``2.13.0`` does."""
    try:
        return f"{package}=={version(package).split('+')[0]}"
    except PackageNotFoundError:
        return f"{package} is not installed"


def stage_digests(workspace: Path = Path(), package: Path = PACKAGE) -> dict[str, str]:
    """Return the digest of each stage whose entry point dvc.yaml names, by name."""
    lines = (workspace / GRAPH).read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if not line.lstrip().startswith("#")]
    named = set(re.findall(rf"\b{ENTRIES}/(\w+)\.py\b", "\n".join(commands))) - {Path(__file__).stem}
    sources = Sources(package, workspace / ENTRIES)
    entries = [workspace / ENTRIES / f"{stage}.py" for stage in sorted(named)]
    return {entry.stem: stage_digest(entry, sources) for entry in entries if entry.is_file()}


def main() -> None:
    """Write build/code.yaml; the same bytes for the same code."""
    CODE.parent.mkdir(exist_ok=True)
    lines = [f"{stage}: '{value}'" for stage, value in stage_digests().items()]
    CODE.write_text("\n".join(["# written by the stage `code`; each stage depends on its own key", *lines, ""]))


if __name__ == "__main__":
    main()
