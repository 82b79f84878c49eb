"""Reads the properties of a DOCX: the core ones, those that people add, and those of document servers."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pointsman.adapters.parsers.metadata.properties import Properties, groups, suspicious
from pointsman.core.corpus.documents import Metadata

CUSTOM = "docprops/custom.xml"
"""The part with the properties that people add, in small letters."""
PARTS = re.compile(r"docprops/[^/]+\.xml|customxml/item[^/]*\.xml|word/settings\.xml", re.IGNORECASE)
"""Parts that say something about the document."""
CORE = ("category", "comments", "content_status", "identifier", "keywords", "subject")
VARIABLE = ("docVar", "property")
"""Elements that have their name in an attribute ``name``."""


def docx_properties(raw: bytes, core: Any, statement: str) -> Properties:
    """Return title, author, subject, keywords and the access statement, and the properties that may be one.

    ``core`` are python-docx's core properties; the sizes of the parts of ``raw`` were checked.
    """
    found: dict[str, str | list[str]] = {**_described(core)}
    unread = list(suspicious(((name, str(getattr(core, name) or "")) for name in CORE), statement))
    for part, name, value in _named(raw):
        if part == CUSTOM and name.lower() == statement.lower() and statement not in found:
            found[statement] = groups(value)
        else:
            unread += suspicious([(name, value)], statement)
    return Properties(found, tuple(unread))


def _named(raw: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield (part, name, value) of every property: the elements without children, and attributes ``name``."""
    from docx.oxml import parse_xml

    archive = zipfile.ZipFile(BytesIO(raw))
    for part in (each for each in archive.namelist() if PARTS.fullmatch(each)):
        for element in parse_xml(archive.read(part)).iter():
            name = _local(element.tag)
            if name in VARIABLE:
                given = {_local(key): value for key, value in element.attrib.items()}
                text = given.get("val", " ".join("".join(element.itertext()).split()))
                yield part.lower(), given.get("name", ""), text
            elif name and not len(element):
                yield part.lower(), name, (element.text or "").strip()


def _local(tag: Any) -> str:
    """Return the name of an element or attribute without its namespace; empty for comments."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _described(properties: Any) -> Metadata:
    """Return title, author, subject and keywords, without what changes each time the file is saved."""
    found: dict[str, str | list[str]] = {
        name: " ".join(value.split())
        for name, value in (
            ("title", properties.title),
            ("author", properties.author),
            ("description", properties.subject),
        )
        if value and value.strip()
    }
    if keywords := [part.strip() for part in re.split("[,;]", properties.keywords or "") if part.strip()]:
        found["keywords"] = keywords
    return found
