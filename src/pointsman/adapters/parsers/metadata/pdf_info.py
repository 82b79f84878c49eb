"""Reads what a PDF says about itself: the information dictionary, and its XMP packet."""

import re
from typing import Any

from pointsman.adapters.parsers.metadata.properties import Properties, groups, suspicious
from pointsman.core.corpus.statements.lines import SHOWN, has_tag

DESCRIBED = {"/Title": "title", "/Author": "author", "/Subject": "description", "/Keywords": "keywords"}
SEVERAL = ("keywords",)
ELEMENT = re.compile(r"<[^<>]{1,2000}>")
VALUE = re.compile(r">([^<>]{1,400})<")


def pdf_properties(info: Any, packet: bytes, statement: str) -> Properties:
    """Return the metadata in an information dictionary, and the properties that may be an access statement.

    An entry ``/Access`` is the statement, in any case of its letters. ``packet`` is the XMP packet, empty for none.
    """
    found: dict[str, str | list[str]] = {}
    unread: list[str] = []
    for key in info:
        text = " ".join(str(info.get(key) or "").encode("utf-8", "replace").decode("utf-8").split())
        name = str(key).removeprefix("/")
        if name.lower() == statement.lower() and statement not in found:
            found[statement] = groups(text.replace(";", ","))
        elif key in DESCRIBED and text:
            found[DESCRIBED[key]] = _parts(text) if DESCRIBED[key] in SEVERAL else text
            unread += suspicious([("", text if key != "/Title" else "")], statement)
        else:
            unread += suspicious([(name, text)], statement)
    return Properties(found, (*unread, *_in_packet(packet, statement)))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in re.split("[,;]", text) if part.strip()]


def _in_packet(packet: bytes, statement: str) -> list[str]:
    """Return the elements of an XMP packet that may be a statement."""
    wide = packet[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = packet.decode("utf-16" if wide else "utf-8", errors="replace").replace("\x00", "")
    elements = [found[0] for found in ELEMENT.finditer(text) if has_tag(found[0], statement)]
    values = [("", found[1].strip()) for found in VALUE.finditer(text)]
    return [*(element[:SHOWN] for element in elements), *suspicious(values, statement)]
