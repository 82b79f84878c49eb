"""Reads Markdown, reStructuredText and plain text into normalised blocks: white space is no change.

Markdown goes through markdown-it-py's block parser. reStructuredText has a line reader of its own, because
docutils fails on what Sphinx adds: it reports every directive and role it does not know as an error and drops
the content, and knowing them means importing Sphinx and the extensions of the documents' authors.

What a reader of the rendered page does not see is left out (comments, internal link targets, options of
directives, tables of contents, the role around a name); what is seen stays, link targets on the web included.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.documents import Block, Document, Kind, Metadata
from pointsman.core.identity import digest

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
RESTRUCTURED = (".rst", ".rest")
INCLUSION = "literalinclude::"
"""How the block begins that stands for another file."""
MAX_NESTING = 40
"""Lists and quotes nested deeper than this are read as one paragraph."""
BINARY_SHARE = 0.1
"""Share of control characters from which bytes count as binary; text has hardly any."""
ADMONITIONS = frozenset(
    "attention caution danger error hint important note tip warning seealso todo".split()  # noqa: SIM905
)
VERSIONS = frozenset(("versionadded", "versionchanged", "deprecated", "versionremoved", "deprecated-removed"))
CODE = frozenset(
    "code code-block sourcecode literalinclude parsed-literal prompt doctest testcode testoutput "  # noqa: SIM905
    "productionlist math raw graphviz csv-table ipython jinja mermaid".split()
)
NAVIGATION = frozenset(("toctree", "include", "contents", "autosummary", "literalinclude"))
"""Directives that point elsewhere; what they name counts as links."""
LINK_ROLES = (":doc:", ":ref:", ":any:", ":term:", ":numref:", ":download:")
"""Roles that only lead elsewhere; the others name what the sentence is about."""
LISTED_FIELDS = ("access", "tags")
"""Fields of a field list that hold several texts, parted by commas."""
UNSEEN = frozenset(
    "container cssclass currentmodule default-domain default-role highlight image index meta "  # noqa: SIM905
    "module only py:currentmodule py:module role rst-class sectnum tabs tab-set tabularcolumns".split()
)
"""Directives whose own name and argument say nothing to a reader; their content does."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What validation wants to know of a document's bytes; None where it could not be measured."""

    is_binary: bool
    """NUL bytes, or many control characters."""
    utf8_ok: bool
    words: int | None
    """Words served: headings, prose and verbatim alike, so that a page of code alone is a document too."""
    link_share: float | None
    """Share of words outside headings that only lead elsewhere (links, tables of contents), 0..1."""


def read_document(document: str, raw: bytes) -> Document:
    """Return the normalised blocks and the metadata of a document; its suffix says how it is written.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    return _read(document, raw).document


def facts(document: str, raw: bytes) -> Facts:
    """Return what validation wants to know of ``raw``; never raises."""
    return examine(document, raw)[1]


def examine(document: str, raw: bytes) -> tuple[Document | None, Facts]:
    """Return the document and its facts in one reading; no document when the bytes are not text."""
    control = raw.translate(None, bytes(set(range(256)) - (set(range(32)) - set(b"\t\n\v\f\r\x1b"))))
    is_binary = b"\0" in raw or len(control) > BINARY_SHARE * len(raw)
    try:
        reading = _read(document, raw)
    except UnicodeDecodeError:
        return None, Facts(is_binary, utf8_ok=False, words=None, link_share=None)
    if is_binary:
        return None, Facts(is_binary, utf8_ok=True, words=None, link_share=None)
    return reading.document, Facts(is_binary, utf8_ok=True, words=reading.words, link_share=reading.link_share)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document and how many of its words only lead elsewhere."""

    document: Document
    links: int
    hidden: int
    """Words among them that are not in the blocks."""

    @property
    def words(self) -> int:
        """Words in the blocks."""
        return sum(_words(block.text) for block in self.document.blocks if not _is_inclusion(block))

    @property
    def link_share(self) -> float:
        """Links as a share of all words outside headings; 0 where there are none."""
        titles = sum(_words(block.text) for block in self.document.blocks if block.kind is Kind.HEADING)
        below = self.words - titles + self.hidden
        return min(1.0, self.links / below) if below else 0.0


def _is_inclusion(block: Block) -> bool:
    """Tell whether a block only names the file that would stand there."""
    return block.kind is Kind.VERBATIM and block.text.startswith(INCLUSION)


def _read(document: str, raw: bytes) -> _Reading:
    """Read ``raw`` by the suffix of its id.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    text = re.sub("\r\n?|\f|\v", "\n", raw.decode("utf-8-sig"))
    metadata, text = _front_matter(text)
    name = document.lower()
    write = _Writer()
    if name.endswith(MARKDOWN):
        _Markdown(write).body(text)
    elif name.endswith(RESTRUCTURED):
        reader = _Restructured(write)
        reader.document(_lines(text))
        metadata = {**reader.metadata, **metadata}
    else:
        for paragraph in re.split(r"\n\s*\n", text):
            write.paragraph(paragraph)
    write.flush()
    parsed = Document(document, tuple(write.blocks), metadata, byte_digest=digest(raw), size=len(raw))
    return _Reading(parsed, write.links, write.hidden)


def _words(text: str) -> int:
    """Count words: runs without white space that have a letter or digit; CJK characters count one by one."""
    wide = len(re.findall("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", text))
    return wide + sum(1 for word in text.split() if any(c.isalnum() and c < "\u3040" for c in word))


def _lines(text: str) -> list[str]:
    """Return lines without trailing white space and with tabs expanded to 8 columns."""
    return [line.expandtabs(8).rstrip() for line in text.split("\n")]


def _indent(line: str) -> int:
    """Return the number of leading blanks."""
    return len(line) - len(line.lstrip(" "))


def _dedent(lines: list[str]) -> list[str]:
    """Return lines without their common indentation."""
    margin = min((_indent(line) for line in lines if line), default=0)
    return [line[margin:] for line in lines]


class _Writer:
    """Collects blocks. A *lead* (a list marker, a directive's name) goes before the next paragraph."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.links = 0
        self.hidden = 0
        self.lists = 0
        """How many lists are open; inside one, paragraphs become lines of one block."""
        self._items: list[str] = []
        self._lead: list[str] = []

    def heading(self, level: int, text: str) -> None:
        """Add a heading."""
        self.flush()
        if text := " ".join(text.split()):
            self.blocks.append(Block(Kind.HEADING, text, level))

    def paragraph(self, text: str) -> None:
        """Add prose: a block of its own, or a line (or more of the same line) of the open list."""
        text = " ".join(text.split())
        if not text:
            return
        lead, self._lead = self._lead, []
        line = " ".join([*lead, text])
        if not self.lists:
            self.blocks.append(Block(Kind.PROSE, line))
        elif lead or not self._items:
            self._items.append(line)
        else:
            self._items[-1] += " " + line

    def lead(self, text: str) -> None:
        """Put ``text`` before the next paragraph."""
        if text := " ".join(text.split()):
            self._lead.append(text)

    def settle(self) -> None:
        """Make a paragraph of a lead that found none; a bare list marker is dropped."""
        lead, self._lead = " ".join(self._lead), []
        if any(c.isalpha() for c in lead):
            self.paragraph(lead.removesuffix(":"))

    def verbatim(self, lines: list[str]) -> None:
        """Add a verbatim piece, dedented."""
        if text := "\n".join(_dedent([line.rstrip() for line in lines])).strip("\n"):
            self.flush()
            self.blocks.append(Block(Kind.VERBATIM, text))

    def open_list(self) -> None:
        """Begin a list."""
        if not self.lists:
            self.flush()
        self.lists += 1

    def close_list(self) -> None:
        """End a list."""
        self.lists -= 1
        if not self.lists:
            self.flush()

    def flush(self) -> None:
        """End the open block."""
        self.settle()
        items, self._items = self._items, []
        if items:
            self.blocks.append(Block(Kind.PROSE, "\n".join(items)))


# --- front matter ---

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def _front_matter(text: str) -> tuple[Metadata, str]:
    """Return the metadata that ``---`` fences at the top hold, and the rest; bad YAML stays in the text."""
    import yaml

    match = FRONT_MATTER.match(text)
    if not match:
        return {}, text
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(match[1])):
            return {}, text  # aliases can make a few bytes grow without bound
        value = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return {}, text
    if not isinstance(value, dict):
        return {}, text
    kept = {_scalar(key): _metadatum(item) for key, item in value.items() if item is not None}
    return kept, text[match.end() :]


def _metadatum(value: Any) -> str | list[str]:
    """Return a YAML value as a text or a list of texts."""
    return [_scalar(item) for item in value] if isinstance(value, list) else _scalar(value)


def _scalar(value: Any) -> str:
    """Return one YAML value as text, as YAML would spell it; nested ones as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        value = json.dumps(value, default=str, ensure_ascii=False, skipkeys=True)
    return str(value).encode("utf-8", "replace").decode("utf-8")


# --- Markdown ---

CODE_OR_COMMENT = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|<!--.*?-->", re.DOTALL)
MARKDOWN_LINK = re.compile(r"!?\[[^\[\]]*\]\([^()\s]*(?:\s[^()]*)?\)|!?\[[^\[\]]+\]\[[^\[\]]*\]|<?https?://[^\s>]+>?")
HTML = re.compile(r"<(script|style)\b.*?</\1>|<[^<>]*>", re.DOTALL | re.IGNORECASE)


class _Markdown:
    """Writes the blocks of a Markdown text; inline markup stays as it is, but for comments."""

    def __init__(self, write: _Writer) -> None:
        self._write = write
        self._counters: list[int | None] = []
        """Next number of every open list, outermost first; None for bullets."""
        self._heading = 0
        """Level of the heading whose text comes next."""
        self._lines: list[str] = []
        self._silent = False
        """Inside a table, which was written from its source lines."""

    def body(self, text: str) -> None:
        """Write a whole text."""
        from markdown_it import MarkdownIt

        parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
        self._lines = text.split("\n")
        for token in parser.disable(["inline", "reference"]).parse(text):
            kind, _, edge = token.type.rpartition("_")
            if kind in ("bullet_list", "ordered_list"):
                self._list(token, begins=edge == "open")
            elif kind == "table":
                self._table(token, begins=edge == "open")
            elif kind == "heading":
                self._heading = int(token.tag[1]) if edge == "open" else 0
            elif token.type == "list_item_open":
                self._item()
            elif token.type in ("fence", "code_block"):
                self._write.verbatim(token.content.split("\n"))
            elif token.type == "html_block":
                self._write.paragraph(HTML.sub(" ", _uncommented(token.content)))
            elif token.type == "inline" and not self._silent:
                self._prose(_uncommented(token.content))

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

    def _table(self, token: Any, *, begins: bool) -> None:
        """Write a table from its source lines and pass over its cells."""
        self._silent = begins
        if begins and token.map:
            self._write.verbatim([line.lstrip(" >\t") for line in self._lines[slice(*token.map)]])

    def _prose(self, text: str) -> None:
        """Write a heading or a paragraph; a heading inside a list is a line of it."""
        if self._heading and not self._write.lists:
            self._write.heading(self._heading, text)
        else:
            self._write.links += sum(_words(link) for link in MARKDOWN_LINK.findall(text))
            self._write.paragraph(text)


def _uncommented(text: str) -> str:
    """Return text without HTML comments, those in code spans apart; linear, however many are never closed."""
    unclosed = text.find("<!--", text.rfind("-->") + 1)
    end = len(text) if unclosed < 0 else unclosed
    return CODE_OR_COMMENT.sub(lambda m: " " if m[0].startswith("<!--") else m[0], text[:end]) + text[end:]


# --- reStructuredText ---

ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*")
DIRECTIVE = re.compile(r"\.\. (?:\|(?P<substituted>[^|]+)\| )?(?P<name>[A-Za-z][\w:.+-]*?) ?::(?: (?P<argument>.*))?")
TARGET = re.compile(r"\.\. _(?P<name>(?:`[^`]*`|[^:`\\]|\\.)*):(?: +(?P<url>.*))?|__ +(?P<bare>.+)")
FOOTNOTE = re.compile(r"\.\. \[(?P<label>[^\]]+)\] ?(?P<text>.*)")
FIELD = re.compile(r":(?P<name>(?![: ])(?:[^:\\`]|\\.|:(?! ))+):(?: +(?P<text>.*))?")
ITEM = re.compile(r"(?P<mark>[-*+•‣\u2043]|\(?(?P<number>\d{1,9}|#|[A-Za-z]|[ivxlcdm]{2,7})[.)])(?: +(?P<text>\S.*)|)")
SURE = 4
"""Characters from which a line of one punctuation mark is markup, whatever stands above it."""
SIMPLE_TABLE = re.compile(r"=+(?: +=+)+")
GRID_TABLE = re.compile(r"\+-[-+]+-\+")
INLINE = re.compile(
    r"``(?P<literal>.+?)``(?!`)"
    r"|(?P<role>:[A-Za-z][\w:.+-]*:)`(?P<content>[^`]+)`"
    r"|`(?P<reference>[^`]+)`(?P<mark>__?)(?!\w)"
    r"|(?P<url>https?://[^\s<>`]+)"
    r"|(?<![\w`])(?P<word>[A-Za-z0-9][\w.-]*)__?(?![\w`])"
)


class _Restructured:
    """A line reader of reStructuredText; see the module for why it is our own."""

    def __init__(self, write: _Writer) -> None:
        self.metadata: dict[str, str | list[str]] = {}
        self._write = write
        self._targets: dict[str, str] = {}
        """Web address of every named link target."""
        self._anonymous: list[str] = []
        """Web addresses of the nameless ones, last first."""
        self._styles: list[tuple[str, bool]] = []
        """Heading styles in order of appearance: adornment, and whether it stands above too."""

    def document(self, lines: list[str]) -> None:
        """Write a whole text."""
        for n, line in enumerate(lines):
            if target := TARGET.fullmatch(line.strip()):
                margin = _indent(line)
                more = lines[n + 1 : _indented(lines, n + 1, margin + 1)]
                url = "".join([target["url"] or target["bare"] or "", *(part.strip() for part in more)])
                name = _reference(target["name"] or "_")
                self._anonymous += [url] if name == "_" else []
                self._targets[name] = url
        self._anonymous.reverse()
        self.body(lines, depth=0)

    def body(self, lines: list[str], *, depth: int) -> None:
        """Write the blocks of lines whose margin is column 0."""
        if depth > MAX_NESTING:
            self._write.paragraph(self._inline(" ".join(lines)))
            return
        readers: tuple[Callable[[list[str], int, int], int], ...] = (
            self._quote,
            self._explicit,
            self._heading,
            self._table,
            self._doctest,
            self._fields,
            self._list,
            self._paragraph,
        )
        at = 0
        while at < len(lines):
            if not lines[at]:
                at += 1
                continue
            at = next(end for reader in readers if (end := reader(lines, at, depth)) > at)

    def _quote(self, lines: list[str], at: int, depth: int) -> int:
        """Read an indented block: a quotation."""
        end = _indented(lines, at)
        if end > at:
            self.body(_dedent(lines[at:end]), depth=depth + 1)
        return end

    def _explicit(self, lines: list[str], at: int, depth: int) -> int:
        """Read a directive or a footnote; pass over targets, whose links say them, and comments."""
        line = lines[at]
        if not re.match(r"\.\.( |$)|__ ", line):
            return at
        if line == ".." and not (at + 1 < len(lines) and lines[at + 1]):
            return at + 1
        end = _indented(lines, at + 1)
        if directive := DIRECTIVE.fullmatch(line):
            self._directive(directive, lines[at + 1 : end], depth)
        elif footnote := FOOTNOTE.fullmatch(line):
            self._write.lead(f"[{footnote['label']}]")
            self.body([footnote["text"], *_dedent(lines[at + 1 : end])], depth=depth + 1)
            self._write.settle()
        return end

    def _directive(self, match: re.Match[str], lines: list[str], depth: int) -> None:
        """Read a directive by what its name tells of its content."""
        name, argument = match["name"].lower(), (match["argument"] or "").strip()
        options, content = _options(lines)
        if name in NAVIGATION:
            named = " ".join([argument, *content])
            self._write.links += _words(named)
            self._write.hidden += _words(named)
        if name in CODE:
            self._write.paragraph(self._inline(options.get("caption", "")))
            self._write.verbatim(_code(name, argument, content))
        elif name in NAVIGATION:
            return
        elif name in UNSEEN:
            self._write.paragraph(self._inline(options.get("alt", "")))
            self.body(_dedent(content), depth=depth + 1)
        else:
            lead, body = self._titled(name, argument, content)
            self._write.lead(self._inline(f"{match['substituted'] or ''} {lead}".strip()))
            self.body(body, depth=depth + 1)
            self._write.settle()

    def _titled(self, name: str, argument: str, content: list[str]) -> tuple[str, list[str]]:
        """Return what a directive is called, and its content with what of the argument belongs to it."""
        body = _dedent(content)
        name = name.rpartition(":")[2] or name
        if name in ADMONITIONS:
            return f"{name}:", [argument, *body]
        if name in VERSIONS:
            version, _, rest = argument.partition(" ")
            return f"{name} {version}:", [rest, *body]
        if name in ("admonition", "rubric", "replace", "tab", "group-tab", "tab-item", "dropdown"):
            return f"{argument}:", body
        return f"{name} {argument}:" if argument else f"{name}:", body

    def _heading(self, lines: list[str], at: int, depth: int) -> int:
        """Read a section title over its line, or between two; a line alone, a transition, says nothing."""
        first = ADORNMENT.fullmatch(lines[at])
        below = lines[at + 1] if at + 1 < len(lines) else ""
        last = lines[at + 2] if at + 2 < len(lines) else ""
        if first and below and depth == 0 and _underlines(last, below.strip()) and last[0] == first[1]:
            self._title(below, first[1], over=True)
            return at + 3
        if not first and depth == 0 and _underlines(below, lines[at]):
            self._title(lines[at], below[0], over=False)
            return at + 2
        return at + 1 if first and not below and len(lines[at]) >= SURE else at

    def _title(self, text: str, adornment: str, *, over: bool) -> None:
        """Write a heading; its level is the order in which its style first appeared."""
        style = (adornment, over)
        if style not in self._styles:
            self._styles.append(style)
        self._write.heading(self._styles.index(style) + 1, self._inline(text))

    def _table(self, lines: list[str], at: int, _depth: int) -> int:
        """Read a grid table up to an empty line, or a simple table up to its closing border."""
        if GRID_TABLE.fullmatch(lines[at]):
            end = _unbroken(lines, at)
        elif SIMPLE_TABLE.fullmatch(lines[at]):
            borders = [n for n in range(at + 1, len(lines)) if SIMPLE_TABLE.fullmatch(lines[n])]
            closing = (n for n in borders if n in borders[1:2] or n + 1 >= len(lines) or not lines[n + 1])
            end = next(closing, at - 1) + 1
        else:
            return at
        self._write.verbatim(lines[at:end])
        return end

    def _doctest(self, lines: list[str], at: int, _depth: int) -> int:
        """Read an interactive session up to an empty line."""
        if not lines[at].startswith(">>> "):
            return at
        end = _unbroken(lines, at)
        self._write.verbatim(lines[at:end])
        return end

    def _fields(self, lines: list[str], at: int, depth: int) -> int:
        """Read a field list: metadata at the top of the document, lines of prose below."""
        top = depth == 0 and all(block.kind is Kind.HEADING for block in self._write.blocks)
        found = []
        while at < len(lines) and (match := FIELD.fullmatch(lines[at])):
            end = _indented(lines, at + 1)
            found.append((match["name"], [match["text"] or "", *_dedent(lines[at + 1 : end])]))
            at = _after(lines, end, FIELD)
        if found and top:
            self.metadata |= {name.lower(): _field(name.lower(), text) for name, text in found}
        elif found:
            self._write.open_list()
            for name, text in found:
                self._write.lead(f"{name}:")
                self.body(text, depth=depth + 1)
                self._write.settle()
            self._write.close_list()
        return at

    def _list(self, lines: list[str], at: int, depth: int) -> int:
        """Read a bullet or numbered list; every item becomes a line."""
        if not _begins_item(lines, at):
            return at
        self._write.open_list()
        number = 0
        while at < len(lines) and (match := ITEM.fullmatch(lines[at])):
            end = _indented(lines, at + 1)
            label = match["number"] or ""
            number = int(label) if label.isdigit() and not number else number + 1
            self._write.lead(f"{number}." if label.isdigit() or label == "#" else f"{label}." if label else "-")
            self.body([match["text"] or "", *_dedent(lines[at + 1 : end])], depth=depth + 1)
            self._write.settle()
            at = _after(lines, end, ITEM)
        self._write.close_list()
        return at

    def _paragraph(self, lines: list[str], at: int, depth: int) -> int:
        """Read a paragraph, a definition (a line over an indented block), and the block ``::`` opens."""
        end = _unbroken(lines, at)
        inside = next((n for n in range(at + 1, end) if lines[n].startswith(" ")), end)
        bar = "| " if lines[at].startswith("| ") else ""
        text = " ".join(" ".join(line.removeprefix(bar) for line in lines[at:inside]).split())
        literal = text.endswith("::")
        if literal:
            text = text.removesuffix("::").rstrip() + ("" if text.endswith(" ::") or text == "::" else ":")
        if inside == at + 1 and inside < end and not literal:
            self._write.lead(self._inline(text).removesuffix(":") + ":")
            stop = _indented(lines, inside)
            self.body(_dedent(lines[inside:stop]), depth=depth + 1)
            self._write.settle()
            return stop
        self._write.paragraph(self._inline(text))
        return self._literal(lines, inside) if literal else inside

    def _literal(self, lines: list[str], at: int) -> int:
        """Read the literal block after ``::``: indented, or quoted with one punctuation mark."""
        while at < len(lines) and not lines[at]:
            at += 1
        end = _indented(lines, at)
        if end == at and at < len(lines) and ADORNMENT.match(lines[at][:1]) and not lines[at].startswith(".. "):
            end = _unbroken(lines, at)
            if any(line[0] != lines[at][0] for line in lines[at:end]):
                return at
        self._write.verbatim(lines[at:end])
        return end

    def _inline(self, text: str) -> str:
        """Return prose without roles and reference marks, counting the words of links."""
        return INLINE.sub(self._span, " ".join(text.split()))

    def _span(self, match: re.Match[str]) -> str:
        """Return what a reader sees of one inline construct."""
        if match["literal"]:
            return f"`{match['literal']}`"
        if match["url"]:
            self._write.links += 1
            return match["url"]
        if match["word"] and _reference(match["word"]) not in self._targets:
            return match[0]
        content = match["content"] or match["reference"] or match["word"]
        title, _, target = content.removesuffix(">").rpartition("<") if content.endswith(">") else ("", "", content)
        shown = title.strip() or target.lstrip("~!")
        if match["role"]:
            self._write.links += _words(shown) if match["role"] in LINK_ROLES else 0
        else:
            self._write.links += _words(shown)
            nameless = match["mark"] == "__" and not title and self._anonymous
            target = self._anonymous.pop() if nameless else target
            target = self._targets.get(_reference(target.removesuffix("_")), target)
        return f"{shown} ({target})" if "://" in target and target != shown else shown


def _underlines(line: str, title: str) -> bool:
    """Tell whether ``line`` can stand under ``title``: as long, or 4 characters at least (as in docutils)."""
    return bool(title and line != "::" and ADORNMENT.fullmatch(line)) and len(line) >= min(len(title), SURE)


def _reference(name: str) -> str:
    """Return the form in which link names are compared."""
    return " ".join(name.strip("`").lower().split())


def _indented(lines: list[str], at: int, margin: int = 1) -> int:
    """Return the end of the block indented by ``margin`` that begins at ``at``, empty lines inside too."""
    end = at
    for n in range(at, len(lines)):
        if lines[n] and _indent(lines[n]) >= margin:
            end = n + 1
        elif lines[n]:
            break
    return end


def _unbroken(lines: list[str], at: int) -> int:
    """Return where the next empty line is, or the end."""
    return next((n for n in range(at, len(lines)) if not lines[n]), len(lines))


def _after(lines: list[str], at: int, pattern: re.Pattern[str]) -> int:
    """Return where the next line of the same list is, empty lines passed over; ``at`` when the list ends."""
    onward = next((n for n in range(at, len(lines)) if lines[n]), at)
    goes_on = onward < len(lines) and pattern.fullmatch(lines[onward])
    return onward if goes_on and (pattern is not ITEM or _begins_item(lines, onward)) else at


def _field(name: str, text: list[str]) -> str | list[str]:
    """Return a metadata field: a text, or a list for what is a list by its name."""
    value = " ".join(" ".join(text).split())
    return [part.strip() for part in value.split(",") if part.strip()] if name in LISTED_FIELDS else value


def _begins_item(lines: list[str], at: int) -> bool:
    """Tell whether a list begins: an item's text goes on indented, else it is prose that looks like one."""
    follows = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(ITEM.fullmatch(lines[at])) and (not follows or follows.startswith(" ") or bool(ITEM.fullmatch(follows)))


def _code(name: str, argument: str, content: list[str]) -> list[str]:
    """Return the lines a verbatim directive shows; its argument is a language, a formula or a file."""
    if name == "literalinclude":
        return [f"{INCLUSION} {argument}"]
    return [argument, "", *_dedent(content)] if name in ("math", "productionlist") else content


def _options(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options directly below a directive, and the content after them."""
    options: dict[str, str] = {}
    at, margin, name = 0, 0, ""
    while at < len(lines) and lines[at]:
        match = FIELD.fullmatch(lines[at].strip())
        if match and (not name or _indent(lines[at]) <= margin):
            name, margin = match["name"].lower(), _indent(lines[at])
            options[name] = match["text"] or ""
        elif name and _indent(lines[at]) > margin:
            options[name] += " " + lines[at].strip()
        else:
            break
        at += 1
    return options, lines[at:]
