"""Finds the letters of a DOCX that its readers do not see: hidden, in the colour of the page, or of one point."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pointsman.adapters.parsers.hidden.styles import SAME_COLOUR
from pointsman.core.corpus.instructions.marks import HiddenText

HIDDEN_LETTERS = "hidden letters"
TINY = "letters of one point"
IN_THE_WEB_VIEW = "hidden in the web view"
"""Word's own tables of contents have it on their page numbers: on paper it is seen, so it is served."""
HIDDEN_ROW = "a hidden row of a table"
PARTS = re.compile(r"word/(?:document|comments|header\d*|footer\d*|footnotes|endnotes)\.xml", re.IGNORECASE)
"""Parts that hold text."""
STYLES = "word/styles.xml"
MAX_PART = 30_000_000
"""Bytes of a part that are looked at."""
OFF = frozenset(("0", "false", "off", "none"))
WHITE = re.compile(r"(?:[fF][89a-fA-F]){3}")
"""White and what is hardly another colour."""
SMALLEST = 2
"""Half points up to which nobody reads a letter."""
MAX_STYLES = 50
"""Styles that are based on each other, at most."""
TABLES = ("tc", "tr", "tbl")
DRAWN = frozenset(("txbxContent", "drawing", "pict"))
"""Text inside these stands on a ground of its own."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a style, or the properties of a run, say about letters; None where they say nothing."""

    based_on: str = ""
    vanish: bool | None = None
    white: bool | None = None
    tiny: bool | None = None
    shaded: bool = False
    """Whether there is a ground of another colour than white."""

    @classmethod
    def of(cls, holder: Any, based_on: str = "") -> "Look":
        """Return the look of an element that has ``w:rPr``, or is one, and perhaps ``w:pPr``."""
        letters = holder if name_of(holder) == "rPr" else child(holder, "rPr")
        colour, size = value_of(letters, "color"), value_of(letters, "sz")
        vanish = child(letters, "vanish")
        return cls(
            based_on=based_on,
            vanish=None if vanish is None else value_of(letters, "vanish") not in OFF,
            white=None if not colour else WHITE.fullmatch(colour) is not None,
            tiny=int(size) <= SMALLEST if re.fullmatch(r"[0-9]{1,4}", size) else None,
            shaded=is_shaded(letters) or is_shaded(child(holder, "pPr")),
        )


class Letters:
    """Tells how each run of a DOCX is hidden, also by the styles that it has."""

    def __init__(self, styles: Any = None, *, coloured: bool = False) -> None:
        """Take the root of the part with the styles, and whether the pages have a colour of their own."""
        self._coloured = coloured
        self._looks: dict[str, Look] = {}
        self._defaults = Look()
        self._standard = ""
        for style in styles if styles is not None else ():
            if name_of(style) == "style":
                self._looks[attribute(style, "styleId")] = Look.of(style, value_of(style, "basedOn"))
                if attribute(style, "type") == "paragraph" and attribute(style, "default") not in ("", *OFF):
                    self._standard = attribute(style, "styleId")
            elif name_of(style) == "docDefaults" and (letters := child(child(style, "rPrDefault"), "rPr")) is not None:
                self._defaults = Look.of(letters)

    @classmethod
    def of(cls, raw: bytes) -> "Letters":
        """Return it for the bytes of a DOCX."""
        from docx.oxml import parse_xml

        with zipfile.ZipFile(BytesIO(raw)) as archive:
            held = next((name for name in archive.namelist() if name.lower() == STYLES), None)
            styles = parse_xml(archive.read(held)) if held else None
            document = next((name for name in archive.namelist() if name.lower() == "word/document.xml"), None)
            coloured = child(parse_xml(archive.read(document)), "background") is not None if document else False
        return cls(styles, coloured=coloured)

    def way(self, run: Any) -> str | None:
        """Return how a run is hidden; None where it is seen."""
        own = Look.of(run)
        above = next((each for each in run.iterancestors() if name_of(each) == "p"), None)
        letter_styles = self._chain(value_of(child(run, "rPr"), "rStyle"))
        styles = self._chain(value_of(child(above, "pPr"), "pStyle") or self._standard)
        looks = (own, *letter_styles, *styles, self._defaults)
        if self._vanishes(own, letter_styles, styles):
            return HIDDEN_LETTERS
        if next((look.tiny for look in looks if look.tiny is not None), False):
            return TINY
        white = next((look.white for look in looks if look.white is not None), False)
        if white and not self._coloured and not any(look.shaded for look in looks) and not _on_a_ground(run):
            return SAME_COLOUR
        return None

    def _vanishes(self, own: Look, letters: tuple[Look, ...], paragraph: tuple[Look, ...]) -> bool:
        """Tell whether a run is hidden: what it says itself, else one of its two styles, but not both."""
        if own.vanish is not None:
            return own.vanish
        one, two = (
            next((look.vanish for look in chain if look.vanish is not None), False) for chain in (letters, paragraph)
        )
        return one != two or bool(self._defaults.vanish)

    def _chain(self, style: str) -> tuple[Look, ...]:
        """Return the look of a style and of those that it is based on."""
        found: list[Look] = []
        while style in self._looks and len(found) < MAX_STYLES:
            found.append(self._looks[style])
            style = found[-1].based_on
        return tuple(found)


def _on_a_ground(run: Any) -> bool:
    """Tell whether a run stands in a paragraph, table or drawing that may have a colour of its own."""
    for above in run.iterancestors():
        name = name_of(above)
        if name in DRAWN or (name == "p" and is_shaded(child(above, "pPr"))):
            return True
        if name in TABLES:
            properties = child(above, f"{name}Pr")
            if is_shaded(properties) or child(properties, "tblStyle") is not None:
                return True
    return False


def is_hidden_row(row: Any) -> bool:
    """Tell whether a row of a table is hidden or deleted."""
    said = child(row, "trPr")
    return any(child(said, name) is not None and value_of(said, name) not in OFF for name in ("hidden", "del"))


def is_shaded(properties: Any) -> bool:
    """Tell whether properties give a ground of another colour than white."""
    if value_of(properties, "highlight") not in ("", "none", "white"):
        return True
    shade = child(properties, "shd")
    if shade is None:
        return False
    fill = attribute(shade, "fill")
    plain = fill in ("", "auto") or WHITE.fullmatch(fill) is not None
    return not plain or attribute(shade, "val") not in ("", "clear", "nil") or attribute(shade, "themeFill") != ""


def hidden_in_docx(raw: bytes) -> Iterator[HiddenText]:
    """Yield the comments of a DOCX and its hidden runs; runs that are hidden in the same way are one text."""
    from docx.oxml import parse_xml

    letters = Letters.of(raw)
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        names = sorted(info.filename for info in archive.infolist() if info.file_size <= MAX_PART)
        for name in filter(PARTS.fullmatch, names):
            root = parse_xml(archive.read(name))
            if "comments" in name.lower():
                yield HiddenText("a comment", " ".join(_said(run) for run in root.iter() if name_of(run) == "r"))
            else:
                yield from _runs(root, letters)


def _runs(root: Any, letters: Letters) -> Iterator[HiddenText]:
    found: dict[str, list[str]] = {}
    for run in root.iter():
        if name_of(run) == "r" and (way := letters.way(run) or _other_way(run)):
            found.setdefault(way, []).append(_said(run))
    for way, said in found.items():
        yield HiddenText(way, " ".join(said), way in (HIDDEN_LETTERS, SAME_COLOUR, TINY))


def _other_way(run: Any) -> str | None:
    said = child(child(run, "rPr"), "webHidden")
    if said is not None and attribute(said, "val") not in OFF:
        return IN_THE_WEB_VIEW
    return HIDDEN_ROW if any(name_of(above) == "tr" and is_hidden_row(above) for above in run.iterancestors()) else None


def _said(run: Any) -> str:
    return "".join(text_of(each) for each in run.iter() if name_of(each) == "t")


def text_of(element: Any) -> str:
    """Return all text of an element: comments inside it, and what is no text, cut it in no place."""
    return str(element.xpath("string()"))


def name_of(element: Any) -> str:
    """Return an element's name without its namespace; empty for comments, and for None."""
    return element.tag.rpartition("}")[2] if element is not None and isinstance(element.tag, str) else ""


def child(element: Any, name: str) -> Any:
    """Return the first element of a name right below ``element``; None without one, and for None."""
    return next((each for each in element if name_of(each) == name), None) if element is not None else None


def attribute(element: Any, name: str) -> str:
    """Return an attribute, in any namespace; empty without it."""
    if element is None:
        return ""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def value_of(element: Any, name: str) -> str:
    """Return ``w:val`` of the element of a name right below ``element``; empty without it."""
    return attribute(child(element, name), "val")
