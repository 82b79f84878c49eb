"""Reads the metadata of an HTML page: its title and its ``<meta>`` tags, and what may be an access statement."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pointsman.adapters.parsers.metadata.properties import Properties, groups
from pointsman.core.corpus.statements.keys import is_alike
from pointsman.core.corpus.statements.lines import META, SHOWN, comments_statement, has_tag, is_named
from pointsman.core.corpus.statements.other_names import limits_readers

DESCRIBED: Mapping[str, type] = {"description": str, "author": str, "keywords": list, "tags": list}
"""Names of ``<meta>`` that become metadata, and whether they hold one text or a list with commas."""
STATING = ("html", "head", "body", "main", "article", "title")
"""Tags beside ``<meta>`` whose attributes may say something about the whole page."""
MARKUP = re.compile(r"<(?!!--)[a-zA-Z!?/]")
"""The beginning of the page itself."""
LINKED = "application/ld+json"
"""Type of a script that only describes the page."""
META_TAG = re.compile(r"<meta\b[^<>]{1,400}", re.IGNORECASE)
DORMANT = ("template", "noscript", "svg", "iframe", "object", "select", "textarea", "title")
"""Elements in which a ``<meta>`` is no tag of the page."""
CUT_OFF = 10_000
"""Characters after a tag or comment that nothing closes that are searched for a ``<meta>``."""
MADE_OF_TEXT = ("style", "script", "title", "[document]", "html", "head")


def head_properties(soup: Any, hidden: str, statement: str) -> Properties:
    """Return the title, the metadata in ``<meta>`` tags, and the statements that are in none of them.

    ``hidden`` is the source after a tag or comment that nothing closes: no browser shows it.
    """
    found: dict[str, str | list[str]] = {}
    unread: list[str] = []
    if (title := soup.find("title")) and (shown := " ".join(title.get_text().split())):
        found["title"] = shown
    for meta in soup.find_all("meta"):
        name, content = str(meta.get("name", "")).lower(), str(meta.get("content", ""))
        if name in DESCRIBED and name != statement and content.strip() and not _may_state(meta, statement):
            several = [part.strip() for part in content.split(",") if part.strip()]
            found[name] = several if DESCRIBED[name] is list else " ".join(content.split())
        elif name == statement.lower() and statement not in found and not _is_odd(meta) and not _is_dormant(meta):
            found[statement] = groups(content)
        elif _may_state(meta, statement):
            unread.append(str(meta)[:SHOWN])
        elif limiting := next((name for name in _labels(meta) if limits_readers(name, content)), None):
            unread.append(f"{limiting}: {content}"[:SHOWN])
    unread += (str(tag)[:SHOWN] for tag in soup.find_all(STATING) if _has_attribute(tag, statement))
    unread += _in_other_tags(soup, statement)
    unread += _in_comments(soup, statement)
    if has_tag(hidden[:CUT_OFF], statement):
        unread.append(hidden.strip()[:SHOWN])
    return Properties(found, tuple(unread))


def before_page(source: str) -> str:
    """Return what stands before the first tag of a page: nothing, comments, or front matter that cannot be read."""
    page = MARKUP.search(source)
    return source[: page.start()] if page else source


def _in_other_tags(soup: Any, statement: str) -> Iterator[str]:
    """Yield the tags of the head that have the statement's name, and the keys of scripts that describe the page."""
    for tag in soup.head.find_all(True) if soup.head else ():
        if _is_named(tag.name, statement):
            yield str(tag)[:SHOWN]
    for script in soup.find_all(("script", "style")):
        if script.get("type") == LINKED and (pair := _pair(statement).search(script.text)):
            yield pair[0]
        yield from (tag[0][:SHOWN] for tag in META_TAG.finditer(script.text) if has_tag(tag[0], statement))


def _pair(statement: str) -> re.Pattern[str]:
    """Return what finds the statement as a key of JSON."""
    return re.compile(rf'"{re.escape(statement)}"\s{{0,9}}:.{{0,40}}', re.IGNORECASE)


def _is_dormant(meta: Any) -> bool:
    """Tell whether a tag stands in an element that a browser does not show: it may be meant, and is not read."""
    return any(above.name in DORMANT for above in meta.parents)


def _is_odd(meta: Any) -> bool:
    """Tell whether a ``<meta name=...>`` says more than its name and its content."""
    return "content" not in meta.attrs or bool(set(meta.attrs) - {"name", "content", "id", "class", "lang"})


def _may_state(meta: Any, statement: str) -> bool:
    """Tell whether a ``<meta>`` names the statement, in whichever attribute."""
    labels = [_text(value) for name, value in meta.attrs.items() if name != "content"]
    _, swallowed, rest = _text(meta.get("content", "")).rpartition("=")  # content= name="access"
    named = any(_is_named(label, statement) for label in labels) or (swallowed and is_named(rest, statement))
    return bool(named) or _has_attribute(meta, statement)


def _labels(meta: Any) -> Iterator[str]:
    """Yield the names that a ``<meta>`` gives to what it says."""
    return (_text(meta[each]) for each in META if meta.has_attr(each))


def _has_attribute(tag: Any, statement: str) -> bool:
    return any(_is_named(name.removeprefix("data-"), statement) for name in tag.attrs)


def _is_named(label: str, statement: str) -> bool:
    return label.strip() == statement or is_alike(label, statement)


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _in_comments(soup: Any, statement: str) -> Iterator[str]:
    """Yield the comments that hold a ``<meta>`` of the statement, and those before the first text that are one."""
    from bs4 import Comment, NavigableString

    above = True
    for node in soup.descendants:
        if isinstance(node, Comment):
            for line in str(node).split("\n"):
                if has_tag(line, statement) or (above and comments_statement(line, statement)):
                    yield line.strip()[:SHOWN]
        elif type(node) is NavigableString and node.strip() and node.parent.name not in MADE_OF_TEXT:
            above = False
