"""Finds the text of a document that its readers do not see. It is screened for orders to a language model."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import unescape
from itertools import chain

from pointsman.adapters.parsers.hidden.docx_letters import hidden_in_docx
from pointsman.adapters.parsers.hidden.elements import Styles
from pointsman.adapters.parsers.hidden.remarks import remarks
from pointsman.adapters.parsers.hidden.styles import SAME_COLOUR, hides
from pointsman.core.corpus.instructions.marks import HiddenText

COMMENT = ("<!--", "-->")
TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,40})([^<>]{0,4000})>")
"""A tag with its attributes. No ``<`` can be inside, so the search is linear."""
STYLE_ATTRIBUTE = re.compile(
    r"""(?<![\w-])style\s{0,3}=\s{0,3}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,200}))""", re.IGNORECASE
)
ATTRIBUTE = re.compile(
    r"""(?<![\w-])(class|id|content|title|alt|aria-label|aria-hidden|data-[\w-]{1,30})\s{0,3}=\s{0,3}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,200}))""",
    re.IGNORECASE,
)
FONT_COLOUR = re.compile(r"(?<![\w-])color\s{0,3}=\s{0,3}[\"']?([#\w]{1,40})", re.IGNORECASE)
HIDDEN_ATTRIBUTE = re.compile(r"(?<![\w-])hidden(?![\w-])", re.IGNORECASE)
LINKED_STYLE = re.compile(r"<link\s[^<>]{0,400}stylesheet", re.IGNORECASE)
STYLE_TAG = re.compile(r"<style[^<>]{0,400}>", re.IGNORECASE)
RULE = re.compile(r"([.#][\w-]{1,80})[^{}<>]{0,200}\{([^{}]{0,2000})\}")
"""A CSS rule of a class or an id."""
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905 - a list of tags
UNSERVED = frozenset(("template", "noscript"))
SPOKEN = frozenset(("content", "title", "alt", "aria-label"))
"""Attributes that hold text."""
SIGNS = (
    "<!--",
    "style",
    "<font",
    "hidden",
    "<template",
    "<noscript",
    "content=",
    "alt=",
    "title=",
    "aria-label=",
    "data-",
)
"""Without one of these a page hides nothing."""
MOST_TEXT = 200_000
"""Characters of hidden text that are kept, of one document."""


def hidden_texts(format_: str, raw: bytes) -> tuple[HiddenText, ...]:
    """Return the hidden texts of a document's bytes that were read in ``format_``."""
    if format_ == "docx":
        return tuple(_bounded(hidden_in_docx(raw)))
    if format_ == "pdf":
        from pointsman.adapters.parsers.hidden.pdf_letters import pages_of

        return tuple(_bounded(each for page in pages_of(raw) for each in page.unseen))
    if format_ not in ("html", "markdown", "rst", "text"):
        return ()
    text = raw.decode("utf-8", errors="replace")
    found = _rst_comments(text) if format_ == "rst" else iter(())
    lower = text.lower()
    if format_ in ("html", "markdown") and "<" in text and any(sign in lower for sign in SIGNS):
        found = _page(text)
    if format_ == "markdown":
        found = chain(found, (HiddenText("a comment", text[begin:end]) for begin, end in remarks(text)))
    return tuple(_bounded(found))


def _bounded(found: Iterable[HiddenText]) -> Iterator[HiddenText]:
    left = MOST_TEXT
    for each in found:
        text = " ".join(unescape(each.text).split())
        if text and left > 0:
            yield HiddenText(each.how, text[:left], each.plain)
            left -= len(text)


def _page(text: str) -> Iterator[HiddenText]:
    """Yield the comments of a page, its hidden elements, and the texts in attributes."""
    parts = text.split(COMMENT[0])
    for part in parts[1:]:
        yield HiddenText("a comment", part.split(COMMENT[1])[0])
    shown = parts[0] + " ".join(part.partition(COMMENT[1])[2] for part in parts[1:])
    coloured = _is_coloured(shown)
    for each in _elements(shown, _hiding_rules(shown)):
        yield replace(each, plain=False) if coloured and each.how == SAME_COLOUR else each


def _hiding_rules(text: str) -> dict[str, tuple[str, bool]]:
    """Return class, id or tag (``.name``, ``#name``, ``name``) → how its rule hides it."""
    if "<style" not in text.lower():
        return {}
    simple = ((name, hides(style)) for name, style in _styles(text).named())
    rules = ((found[1].lower(), hides(found[2])) for found in RULE.finditer(text))
    return {name: how for name, how in chain(simple, rules) if how is not None}


def _styles(text: str) -> Styles:
    return Styles.of("\n".join(part.partition("</")[0] for part in STYLE_TAG.split(text)[1:]))


def _is_coloured(text: str) -> bool:
    """Tell whether a page may have a ground of another colour than white, on which white letters are seen."""
    return bool(LINKED_STYLE.search(text)) or "bgcolor" in text.lower() or _styles(text).coloured


def _elements(text: str, rules: dict[str, tuple[str, bool]]) -> Iterator[HiddenText]:
    """Yield the text of each outermost hidden element, and what attributes say."""
    stack: list[str] = []
    opened: Counter[str] = Counter()
    depth, how, begin = 0, ("", False), 0
    for tag in TAG.finditer(text):
        name, attributes = tag[2].lower(), tag[3]
        if tag[1]:
            while opened[name]:
                opened[stack[-1]] -= 1
                if depth == len(stack):
                    yield HiddenText(how[0], TAG.sub(" ", text[begin : tag.start()]), how[1])
                    depth = 0
                if stack.pop() == name:
                    break
            continue
        yield from (HiddenText("an attribute", said) for said in _said(attributes))
        if name in VOID or attributes.endswith("/"):
            continue
        stack.append(name)
        opened[name] += 1
        if not depth and (found := _way(name, attributes, rules)):
            depth, how, begin = len(stack), found, tag.end()
    if depth:
        yield HiddenText(how[0], TAG.sub(" ", text[begin:]), how[1])


def _said(attributes: str) -> Iterator[str]:
    if "=" in attributes:
        for found in ATTRIBUTE.finditer(attributes):
            if found[1].lower() in SPOKEN or found[1].lower().startswith("data-"):
                yield found[2] or found[3] or found[4] or ""


def _way(name: str, attributes: str, rules: dict[str, tuple[str, bool]]) -> tuple[str, bool] | None:
    """Return how a tag hides its content; None where it shows it."""
    if name in UNSERVED:
        return f"<{name}>", False
    if name in rules:
        return rules[name]
    style, ink = STYLE_ATTRIBUTE.search(attributes), FONT_COLOUR.search(attributes) if name == "font" else None
    said = (style[1] or style[2] or style[3] or "") if style else ""
    if way := hides(f"color:{ink[1]};{said}" if ink else said):
        return way
    for found in ATTRIBUTE.finditer(attributes):
        value = (found[2] or found[3] or found[4] or "").lower()
        if found[1].lower() == "aria-hidden" and value == "true":
            return "aria-hidden", False
        mark = {"class": ".", "id": "#"}.get(found[1].lower())
        if mark and (way := next((rules[mark + each] for each in value.split() if mark + each in rules), None)):
            return way
    bare = ATTRIBUTE.sub(" ", STYLE_ATTRIBUTE.sub(" ", attributes))
    return ("the attribute hidden", False) if HIDDEN_ATTRIBUTE.search(bare) else None


RST_COMMENT = re.compile(
    r"^\.\.(?:[ \t]+(?![\w.+-]{1,60}::|_|\[|\|)(\S[^\n]*))?\n((?:[ \t]+[^\n]*\n|\n(?=[ \t]+\S)){0,200})", re.MULTILINE
)
"""A comment of reStructuredText: two periods, no directive, target, footnote or substitution behind them."""


def _rst_comments(text: str) -> Iterator[HiddenText]:
    if "\n.." in text or text.startswith(".."):
        for found in RST_COMMENT.finditer(text):
            yield HiddenText("a comment", f"{found[1] or ''}\n{found[2]}")
