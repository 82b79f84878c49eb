"""reStructuredText, by a line reader of our own: docutils fails on what Sphinx adds (see ``markup``)."""

import re
import unicodedata
from collections.abc import Callable

from pointsman.adapters.blocks import INCLUSION, MAX_NESTING, BlockWriter, count_words, dedented, indent_of
from pointsman.adapters.locating import Line
from pointsman.core.documents import Kind

ADMONITIONS = frozenset(
    "attention caution danger error hint important note tip warning seealso todo".split()  # noqa: SIM905
)
VERSIONS = frozenset(("versionadded", "versionchanged", "deprecated", "versionremoved", "deprecated-removed"))
CODE = frozenset(
    "code code-block sourcecode literalinclude parsed-literal prompt doctest testcode testoutput "  # noqa: SIM905
    "productionlist math raw graphviz csv-table ipython jinja mermaid".split()
)
ARGUED = frozenset(("math", "productionlist"))
"""Verbatim directives whose argument is the first line of what they show."""
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

ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*")
DIRECTIVE = re.compile(r"\.\. (?:\|(?P<substituted>[^|]+)\| )?(?P<name>[A-Za-z][\w:.+-]*?) ?::(?: (?P<argument>.*))?")
TARGET = re.compile(r"\.\. _(?P<name>(?:`[^`]*`|[^:`\\]|\\.)*):(?: +(?P<url>.*))?|__ +(?P<bare>.+)")
COMMENT = re.compile(r"\.\.( |$)")
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


class RestructuredReader:
    """A line reader of reStructuredText; see the module for why it is our own."""

    def __init__(self, write: BlockWriter) -> None:
        self.metadata: dict[str, str | list[str]] = {}
        self._write = write
        self._targets: dict[str, str] = {}
        """Web address of every named link target."""
        self._anonymous: list[str] = []
        """Web addresses of the nameless ones, last first."""
        self._styles: list[tuple[str, bool]] = []
        """Heading styles in order of appearance: adornment, and whether it stands above too."""
        self._label: str | None = None
        """Name of the target that stands before what comes next."""
        self._ids: set[str] = set()

    def document(self, lines: list[str]) -> None:
        """Write a whole text."""
        for n, line in enumerate(lines):
            if target := TARGET.fullmatch(line.strip()):
                margin = indent_of(line)
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
            self._write.cover_lines(lines)
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
            begin, label = at, self._label
            at = next(end for reader in readers if (end := reader(lines, at, depth)) > at)
            if self._label is label and not COMMENT.match(lines[begin]):
                self._label = None

    def _quote(self, lines: list[str], at: int, depth: int) -> int:
        """Read an indented block: a quotation."""
        end = _indented(lines, at)
        if end > at:
            self.body(dedented(lines[at:end]), depth=depth + 1)
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
            self._directive(directive, lines[at], lines[at + 1 : end], depth)
        elif footnote := FOOTNOTE.fullmatch(line):
            self._write.cover_lines([line])
            self._write.lead(f"[{footnote['label']}]")
            self.body([Line.like(footnote["text"], line), *dedented(lines[at + 1 : end])], depth=depth + 1)
            self._write.settle()
        elif (target := TARGET.fullmatch(line)) and target["name"] and not target["url"] and end == at + 1:
            self._label = target["name"].strip("`")
        return end

    def _directive(self, match: re.Match[str], line: str, lines: list[str], depth: int) -> None:
        """Read a directive by what its name tells of its content."""
        name, argument = match["name"].lower(), (match["argument"] or "").strip()
        options, content = _options(lines)
        if name in NAVIGATION:
            named = " ".join([argument, *content])
            self._write.links += count_words(named)
            self._write.hidden += count_words(named)
        self._write.cover_lines([line, *lines[: len(lines) - len(content)]])
        if name in CODE:
            self._write.paragraph(self._inline(options.get("caption", "")))
            self._write.cover_lines([line, *content] if name in ARGUED else content)
            self._write.verbatim(_code(name, argument, content))
        elif name in NAVIGATION:
            return
        elif name in UNSEEN:
            self._write.paragraph(self._inline(options.get("alt", "")))
            self.body(dedented(content), depth=depth + 1)
        else:
            lead, body = self._titled(name, Line.like(argument, line), content)
            self._write.cover_lines([line])
            self._write.lead(self._inline(f"{match['substituted'] or ''} {lead}".strip()))
            self.body(body, depth=depth + 1)
            self._write.settle()

    def _titled(self, name: str, argument: str, content: list[str]) -> tuple[str, list[str]]:
        """Return what a directive is called, and its content with what of the argument belongs to it."""
        body = dedented(content)
        name = name.rpartition(":")[2] or name
        if name in ADMONITIONS:
            return f"{name}:", [argument, *body]
        if name in VERSIONS:
            version, _, rest = argument.partition(" ")
            return f"{name} {version}:", [Line.like(rest, argument), *body]
        if name in ("admonition", "rubric", "replace", "tab", "group-tab", "tab-item", "dropdown"):
            return f"{argument}:", body
        return f"{name} {argument}:" if argument else f"{name}:", body

    def _heading(self, lines: list[str], at: int, depth: int) -> int:
        """Read a section title over its line, or between two; a line alone, a transition, says nothing."""
        first = ADORNMENT.fullmatch(lines[at])
        below = lines[at + 1] if at + 1 < len(lines) else ""
        last = lines[at + 2] if at + 2 < len(lines) else ""
        if first and below and depth == 0 and _underlines(last, below.strip()) and last[0] == first[1]:
            self._write.cover_lines(lines[at : at + 3])
            self._title(below, first[1], over=True)
            return at + 3
        if not first and depth == 0 and _underlines(below, lines[at]):
            self._write.cover_lines(lines[at : at + 2])
            self._title(lines[at], below[0], over=False)
            return at + 2
        return at + 1 if first and not below and len(lines[at]) >= SURE else at

    def _title(self, text: str, adornment: str, *, over: bool) -> None:
        """Write a heading; its level is the order in which its style first appeared."""
        style = (adornment, over)
        if style not in self._styles:
            self._styles.append(style)
        shown = self._inline(text)
        self._write.heading(self._styles.index(style) + 1, shown, self._anchor(shown))

    def _anchor(self, title: str) -> str | None:
        """Return the id that docutils gives a section: of the label before it, of its title, or a number."""
        label, self._label = self._label, None
        anchor = _id(label or "") or _id(title)
        if anchor in self._ids or not anchor:
            anchor = next(name for n in range(1, len(self._ids) + 2) if (name := f"id{n}") not in self._ids)
        self._ids.add(anchor)
        return anchor

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
        self._write.cover_lines(lines[at:end])
        self._write.verbatim(lines[at:end])
        return end

    def _doctest(self, lines: list[str], at: int, _depth: int) -> int:
        """Read an interactive session up to an empty line."""
        if not lines[at].startswith(">>> "):
            return at
        end = _unbroken(lines, at)
        self._write.cover_lines(lines[at:end])
        self._write.verbatim(lines[at:end])
        return end

    def _fields(self, lines: list[str], at: int, depth: int) -> int:
        """Read a field list: metadata at the top of the document, lines of prose below."""
        top = depth == 0 and all(block.kind is Kind.HEADING for block in self._write.blocks)
        found = []
        while at < len(lines) and (match := FIELD.fullmatch(lines[at])):
            end = _indented(lines, at + 1)
            first = Line.like(match["text"] or "", lines[at])
            found.append((match["name"], lines[at], [first, *dedented(lines[at + 1 : end])]))
            at = _after(lines, end, FIELD)
        if found and top:
            self.metadata |= {name.lower(): _field(name.lower(), text) for name, _, text in found}
        elif found:
            self._write.open_list()
            for name, line, text in found:
                self._write.cover_lines([line])
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
            self._write.cover_lines(lines[at : at + 1])
            self._write.lead(f"{number}." if label.isdigit() or label == "#" else f"{label}." if label else "-")
            first = Line.like(match["text"] or "", lines[at])
            self.body([first, *dedented(lines[at + 1 : end])], depth=depth + 1)
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
        self._write.cover_lines(lines[at:inside])
        if inside == at + 1 and inside < end and not literal:
            self._write.lead(self._inline(text).removesuffix(":") + ":")
            stop = _indented(lines, inside)
            self.body(dedented(lines[inside:stop]), depth=depth + 1)
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
        self._write.cover_lines(lines[at:end])
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
            self._write.links += count_words(shown) if match["role"] in LINK_ROLES else 0
        else:
            self._write.links += count_words(shown)
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


def _id(text: str) -> str:
    """Return ``text`` as docutils makes an id of it: lower case ASCII, a hyphen for every run of anything else."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", " ".join(plain.split())))


def _indented(lines: list[str], at: int, margin: int = 1) -> int:
    """Return the end of the block indented by ``margin`` that begins at ``at``, empty lines inside too."""
    end = at
    for n in range(at, len(lines)):
        if lines[n] and indent_of(lines[n]) >= margin:
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
    return [argument, "", *dedented(content)] if name in ARGUED else content


def _options(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options directly below a directive, and the content after them."""
    options: dict[str, str] = {}
    at, margin, name = 0, 0, ""
    while at < len(lines) and lines[at]:
        match = FIELD.fullmatch(lines[at].strip())
        if match and (not name or indent_of(lines[at]) <= margin):
            name, margin = match["name"].lower(), indent_of(lines[at])
            options[name] = match["text"] or ""
        elif name and indent_of(lines[at]) > margin:
            options[name] += " " + lines[at].strip()
        else:
            break
        at += 1
    return options, lines[at:]
