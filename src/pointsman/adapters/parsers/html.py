"""Reads HTML with beautifulsoup4 and html.parser. Nothing is fetched or run; any depth of nesting can be read."""

import re
from collections.abc import Generator, Iterator, Mapping
from itertools import chain
from typing import Any

from pointsman.adapters.parsers.block_writer import BlockWriter, count_words, text_lines
from pointsman.adapters.parsers.hidden.elements import UnseenElements
from pointsman.adapters.parsers.hidden.visible_text import visible
from pointsman.adapters.parsers.metadata.html_head import before_page, head_properties
from pointsman.adapters.parsers.metadata.properties import Properties
from pointsman.adapters.parsers.offsets import place_texts
from pointsman.core.corpus.access import ACCESS
from pointsman.core.corpus.documents import Block
from pointsman.core.corpus.statements.heads import unread_statements
from pointsman.core.errors import Unreadable

UNSEEN = frozenset(
    "script style nav template noscript title iframe object embed svg canvas audio video select datalist".split()  # noqa: SIM905
)
"""Tags whose content is not text of the page, or only leads elsewhere."""
INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark math nobr q rp rt ruby s "  # noqa: SIM905
    "samp small span strike strong sub sup time tt u var wbr br input meta link".split()
)
"""Tags inside a paragraph; every other tag ends the paragraph."""
CODE = frozenset(("code", "kbd", "samp", "tt"))
LISTS = frozenset(("ul", "ol", "menu", "dl"))
STRUCTURE = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "pre", "table"))
"""Tags that a table of data does not hold: a table with one of them only serves the layout."""
PILCROW = ("", "¶", "#")
"""Texts of a link that only shows a heading's address."""
HEADING = re.compile(r"h[1-6]\Z")
MAX_TAGS = 200_000
"""Tags in one document, at most."""


def read_html(
    source: str, *, begin: int = 0, statement: str = ACCESS
) -> tuple[BlockWriter, tuple[Block, ...], Properties]:
    """Return (the writer with its counts, the blocks with their place in ``source``, the metadata) of a page.

    ``begin`` is the offset at which the page begins, after front matter; ``statement`` names the access statement.

    Raises:
        Unreadable: it has more than ``MAX_TAGS`` tags.
    """
    from bs4 import BeautifulSoup

    text = " " * begin + source[begin:]
    if (tags := text.count("<")) > MAX_TAGS:
        raise Unreadable(f"has {tags} tags, the limit is {MAX_TAGS}; split it or exclude it")
    feeds = [0, *(found.end() for found in re.finditer("\n", text))]
    seen, end = visible(text, feeds)
    soup = BeautifulSoup(text[:end], "html.parser")
    write = BlockWriter()
    HypertextReader(write, feeds).body(soup)
    said = head_properties(soup, text[end:], statement)
    unread = (*said.unread, *unread_statements(before_page(text[begin:]), statement))
    return write, place_texts(write.blocks, write.spans, text, seen), Properties(said.metadata, unread)


def _events(root: Any) -> Generator[tuple[Any, bool], bool | None, None]:
    """Yield (node, whether it ends) below ``root`` in order; ``send(True)`` at a node's beginning skips its content."""
    waiting = [(node, False) for node in reversed(root.contents)]
    while waiting:
        node, ends = waiting.pop()
        passed = yield node, ends
        if passed:
            yield node, True
        elif not ends and getattr(node, "contents", None) is not None:
            waiting.append((node, True))
            waiting += [(child, False) for child in reversed(node.contents)]


class HypertextReader:
    """Writes the blocks of a parsed page."""

    def __init__(self, write: BlockWriter, feeds: list[int]) -> None:
        self._write = write
        self._feeds = feeds
        """Offset of the beginning of each line."""
        self._parts: list[str] = []
        """Text of the open paragraph."""
        self._at = self._begin = 0
        """Offsets of the last tag, and of the beginning of the open paragraph."""
        self._heading: Any = None
        self._term = False
        """Whether it is inside the term of a definition."""
        self._links = 0
        self._counters: list[int | None] = []
        """Next number of every open list, outermost first; None for bullets."""
        self._loose: str | None = None
        """Id of an empty anchor just before."""
        self._unseen: frozenset[int] = frozenset()
        """Ids of the elements that are hidden, see ``UnseenElements``."""

    def body(self, soup: Any) -> None:
        """Write a whole page."""
        self._unseen = UnseenElements(soup).tags
        events = _events(soup)
        for node, ends in events:
            if node.name is None:
                self._text(node)
            elif ends:
                self._close(node)
            elif self._whole(node):
                events.send(True)
            else:
                self._open(node)
        self._flush()
        while self._counters:
            self._end_list()
        self._write.flush()

    def _whole(self, tag: Any) -> bool:
        """Read a tag as a whole (a table, code) or skip it; return whether it was one of those."""
        self._at = self._offset(tag)
        if tag.name in UNSEEN or id(tag) in self._unseen or _is_pilcrow(tag):
            return True
        rows = _rows(tag, self._unseen) if tag.name == "table" else []
        if tag.name != "pre" and not rows:
            return False
        at = self._at
        self._flush()
        self._write.cover((at, at))
        self._write.verbatim(rows or text_lines(_raw(tag, self._unseen)))
        return True

    def _open(self, tag: Any) -> None:
        """Begin a tag."""
        if tag.name not in INLINE:
            self._flush()
        if HEADING.match(tag.name):
            self._heading = tag
        elif tag.name in LISTS:
            self._write.open_list()
            self._counters.append(_first(tag) if tag.name == "ol" else None)
        elif tag.name == "li":
            self._item()
        elif tag.name == "dt":
            self._write.settle()
            self._term = True
        elif tag.name in CODE:
            self._say("`")
        elif tag.name == "br":
            self._say(" ")
        elif tag.name == "img":
            self._say(f" {tag.get('alt', '')} ")
        elif tag.name == "a":
            self._links += tag.has_attr("href")
            self._loose = tag.get("id") or tag.get("name") or self._loose

    def _close(self, tag: Any) -> None:
        """End a tag."""
        if tag.name not in INLINE:
            self._flush()
        if tag is self._heading:
            self._heading = None
        elif tag.name in LISTS:
            self._end_list()
        elif tag.name == "dt":
            self._term = False
        elif tag.name in CODE:
            self._say("`")
        elif tag.name == "a":
            self._links -= tag.has_attr("href")

    def _text(self, node: Any) -> None:
        """Add text that a reader sees; comments and declarations are left out."""
        if _is_shown(node):
            self._say(str(node))
            if self._links and self._heading is None:
                self._write.links += count_words(str(node))

    def _say(self, text: str) -> None:
        if not self._parts:
            self._begin = self._at
        self._parts.append(text)

    def _item(self) -> None:
        """Begin an item of the innermost list."""
        self._write.settle()
        number = self._counters[-1] if self._counters else None
        self._write.cover((self._at, self._at))
        self._write.lead("-" if number is None else f"{number}.")
        if number is not None:
            self._counters[-1] = number + 1

    def _end_list(self) -> None:
        self._counters.pop()
        self._write.close_list()

    def _flush(self) -> None:
        """End the open paragraph, heading or term."""
        text, self._parts = " ".join("".join(self._parts).split()), []
        if not text.strip("` "):
            return
        self._write.cover((self._begin, max(self._begin, self._at)))
        if self._heading is not None and not self._write.lists:
            anchor = _anchor(self._heading) or self._loose
            self._write.heading(int(self._heading.name[1]), text.rstrip("¶ "), anchor)
        elif self._term:
            self._write.lead(f"{text}:")
        else:
            self._write.paragraph(text)
        self._loose = None

    def _offset(self, tag: Any) -> int:
        if tag.sourceline is None:
            return self._at
        line, column = int(tag.sourceline), int(tag.sourcepos)
        return self._feeds[line - 1] + column


def _is_shown(node: Any) -> bool:
    """Tell whether a string is text, not a comment, a declaration or a script."""
    from bs4 import CData, NavigableString

    return type(node) in (NavigableString, CData)


def _is_pilcrow(tag: Any) -> bool:
    """Tell whether a tag is the link beside a heading that shows its address."""
    if tag.name != "a" or not str(tag.get("href", "")).startswith("#") or len(tag.contents) > 1:
        return False
    return bool(tag.contents) and tag.contents[0].name is None and str(tag.contents[0]).strip() in PILCROW


def _first(tag: Any) -> int:
    """Return the number of a list's first item."""
    start = str(tag.get("start", "1"))
    return int(start) if re.fullmatch(r"\d{1,9}", start, re.ASCII) else 1


def _anchor(heading: Any) -> str | None:
    """Return the id of a heading, else of an anchor in it, else of the section that it opens; None without any."""
    inside = (child for child in heading.contents if child.name in ("a", "span"))
    above = (
        heading.parent if heading.parent is not None and heading.parent.name in ("section", "article", "div") else None
    )
    opens = above is not None and next(child for child in above.contents if child.name is not None) is heading
    places: Iterator[Mapping[str, Any]] = chain([heading], inside, [above] if above is not None and opens else [])
    return next((str(name) for place in places if (name := place.get("id") or place.get("name"))), None)


def _shown(tag: Any, unseen: frozenset[int]) -> Iterator[tuple[Any, bool]]:
    """Yield the events below a tag, without the elements that nobody sees."""
    events = _events(tag)
    for node, ends in events:
        if not ends and node.name is not None and (node.name in UNSEEN or id(node) in unseen):
            events.send(True)
        else:
            yield node, ends


def _raw(tag: Any, unseen: frozenset[int]) -> str:
    """Return the text of a tag with its white space."""
    parts = []
    for node, ends in _shown(tag, unseen):
        if node.name == "br" and not ends:
            parts.append("\n")
        elif node.name is None and _is_shown(node):
            parts.append(str(node))
    return "".join(parts)


def _rows(table: Any, unseen: frozenset[int]) -> list[str]:
    """Return a table's caption and rows, a line each; nothing for a table that only serves the layout."""
    if any(node.name in STRUCTURE for node, _ in _events(table)):
        return []
    caption: list[str] = []
    rows: list[list[list[str]]] = []
    for node, ends in _shown(table, unseen):
        if node.name == "tr" and not ends:
            rows.append([])
        elif node.name in ("td", "th") and not ends:
            rows = rows or [[]]
            rows[-1].append([])
        elif node.name is None and _is_shown(node):
            (rows[-1][-1] if rows and rows[-1] else caption).append(str(node))
        elif node.name not in INLINE or node.name == "br":
            (rows[-1][-1] if rows and rows[-1] else caption).append(" ")
    if max((len(row) for row in rows), default=0) <= 1:
        return []
    lines = ["| " + " | ".join(" ".join("".join(cell).split()) for cell in row) + " |" for row in rows if row]
    return ["".join(caption).strip(), *lines]
