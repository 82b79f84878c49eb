"""Reads Markdown with markdown-it-py's block parser."""

import re
from collections import Counter
from typing import Any

from pointsman.adapters.parsers.block_writer import MAX_NESTING, BlockWriter, count_words
from pointsman.adapters.parsers.hidden.markup import HiddenMarkup
from pointsman.adapters.parsers.inline_html import without_comments, without_tags

HEADING_ID = re.compile(r"\{#([^\s{}]+)\}\s*\Z")
"""``## Title {#id}``, as Pandoc, kramdown, Docusaurus and MkDocs write it."""
LABELLED = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
NOT_IN_SLUG = re.compile(r"[^\w\- ]")
MARKDOWN_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()\s]*(?:\s[^()]*)?\)|!?\[[^\[\]]+\]\[[^\[\]]*\]|<?https?://[^\s>]+>?")


class Slugs:
    """Ids of headings as GitHub makes them: lower case, hyphens for blanks, a number where an id comes again."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, title: str, named: str | None = None) -> str | None:
        """Return the id that a heading states itself (``named``), else the one made from its words."""
        if named:
            self._seen[named] += 1
            return named
        slug = NOT_IN_SLUG.sub("", " ".join(LABELLED.sub(r"\1", title).lower().split())).replace(" ", "-")
        if not slug:
            return None
        nth = self._seen[slug]
        self._seen[slug] += 1
        return f"{slug}-{nth}" if nth else slug


class MarkdownReader:
    """Writes the blocks of a Markdown text; inline markup stays as it is, comments are left out."""

    def __init__(self, write: BlockWriter) -> None:
        self._write = write
        self._slugs = Slugs()
        self._first = 0
        """Number of the text's first line in the source."""
        self._counters: list[int | None] = []
        """Next number of every open list, outermost first; None for bullets."""
        self._heading = 0
        """Level of the heading whose text comes next."""
        self._lines: list[str] = []
        self._silent = False
        """Whether it is inside a table, which was written from its source lines."""

    def body(self, text: str, *, first: int = 0) -> None:
        """Write a whole text; its first line is line ``first`` of the source."""
        from markdown_it import MarkdownIt

        parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
        self._lines, self._first = text.split("\n"), first
        markup = HiddenMarkup(text)
        for token in parser.disable(["inline", "reference"]).parse(text):
            kind, _, edge = token.type.rpartition("_")
            if token.map:
                begin, end = token.map
                self._cover(begin, begin + 1 if token.type == "list_item_open" else end)
            if kind in ("bullet_list", "ordered_list"):
                self._list(token, begins=edge == "open")
            elif kind == "table":
                self._table(token, begins=edge == "open", markup=markup)
            elif kind == "heading":
                self._heading = int(token.tag[1]) if edge == "open" else 0
            elif token.type == "list_item_open":
                self._item()
            elif token.type in ("fence", "code_block") and not markup.hides:
                self._write.verbatim(token.content.split("\n"))
            elif token.type == "html_block":
                self._write.paragraph(without_tags(markup.shown(without_comments(token.content))))
            elif token.type == "inline" and not self._silent:
                self._prose(markup.shown(without_comments(token.content)))

    def _cover(self, begin: int, end: int) -> None:
        """Set the lines that come next, without the empty ones at their end, which belong to a list."""
        while end - 1 > begin and not self._lines[end - 1].strip():
            end -= 1
        self._write.cover((self._first + begin, self._first + end - 1))

    def _list(self, token: Any, *, begins: bool) -> None:
        """Begin or end a list."""
        if begins:
            self._write.open_list()
            first = token.attrGet("start")
            self._counters.append((1 if first is None else int(first)) if token.tag == "ol" else None)
        else:
            self._write.close_list()
            self._counters.pop()

    def _item(self) -> None:
        """Begin an item of the innermost list."""
        self._write.settle()
        number = self._counters[-1]
        self._write.lead("-" if number is None else f"{number}.")
        self._counters[-1] = None if number is None else number + 1

    def _table(self, token: Any, *, begins: bool, markup: HiddenMarkup) -> None:
        """Write a table from its source lines, and skip its cells."""
        self._silent = begins
        if begins and token.map:
            rows = (line.lstrip(" >\t") for line in self._lines[slice(*token.map)])
            self._write.verbatim([markup.shown(row) for row in rows])

    def _prose(self, text: str) -> None:
        """Write a heading or a paragraph; a heading inside a list is a line of it."""
        if self._heading and not self._write.lists:
            named = HEADING_ID.search(text)
            title = text[: named.start()] if named else text
            self._write.heading(self._heading, title, self._slugs.of(title, named[1] if named else None))
        else:
            self._write.links += sum(count_words(link) for link in MARKDOWN_LINK.findall(text))
            self._write.paragraph(text)
