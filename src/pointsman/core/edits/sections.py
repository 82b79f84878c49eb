"""The sections of a document: the sentences below each heading."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pointsman.core.edits.normalize import words_of
from pointsman.core.edits.units import Path, Unit, units_of

Texts = Sequence[tuple[Path, str]]
"""(headings above, text) of each passage of a document, in reading order."""


@dataclass(slots=True)
class Section:
    """The text below one heading."""

    path: Path
    """The headings above, outermost first."""
    units: list[Unit]
    """Its sentences and lines."""


def sections_of(texts: Texts) -> dict[Path, Section]:
    """Return the sections by their headings in canonical form; sections with equal headings are one."""
    found: dict[Path, tuple[Path, list[str]]] = {}
    for path, text in texts:
        key = tuple(" ".join(w.key for w in words_of(name)) or name.lower() for name in path)
        found.setdefault(key, (path, []))[1].append(text)
    return {key: Section(path, units_of("\n\n".join(parts))) for key, (path, parts) in found.items()}


def sentences_in_common(a: Section, b: Section) -> float:
    """Return the share of common sentences of two sections, 0..1."""
    common = (Counter(u.key for u in a.units) & Counter(u.key for u in b.units)).total()
    return common / max(len(a.units), len(b.units), 1)


def words_in_common(a: Unit, b: Unit) -> float:
    """Return the share of common words of two sentences (Dice coefficient, 0..1)."""
    common = (Counter(a.key) & Counter(b.key)).total()
    return 2 * common / (len(a.key) + len(b.key))
