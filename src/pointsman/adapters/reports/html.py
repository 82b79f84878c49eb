"""Pieces of a report page: a table, a badge, a list, a picture. Every text is escaped when it is placed."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from pointsman.adapters.reports.markdown import SHOWN_ID, shown_value
from pointsman.adapters.reports.style import POLICY, STYLE


class Markup(str):
    """HTML that is safe already; every other text is escaped when it is placed."""

    __slots__ = ()


def whole_page(title: str, head: str, sections: Iterable[tuple[str, str]]) -> str:
    """Return a page that loads nothing and runs nothing, with a section for each (heading, HTML) that is not empty."""
    shown = escape(title)
    body = "\n".join(f"<section><h2>{escape(name)}</h2>{inner}</section>" for name, inner in sections if inner)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{shown}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head>'
        f"<body><main><header><h1>{shown}</h1>{head}</header>\n{body}\n</main></body></html>\n"
    )


def table(names: Sequence[str], rows: Sequence[Sequence[Any]], kind: str = "") -> str:
    """Return a table, empty without rows; a name that begins with ``#`` heads a column of numbers."""
    if not rows:
        return ""
    marks = [' class="num"' if name.startswith("#") else "" for name in names]
    head = "".join(f"<th{mark}>{escape(name.lstrip('#'))}</th>" for name, mark in zip(names, marks, strict=True))
    lines = ["".join(f"<td{mark}>{text(cell)}</td>" for cell, mark in zip(row, marks, strict=True)) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def text(value: Any) -> str:
    """Return a value as people read it, escaped."""
    return value if isinstance(value, Markup) else escape(shown_value(value))


def short_id(value: Any) -> Markup | None:
    """Return an id as people see it everywhere, 8 characters, with the whole of it as a hint; None without one."""
    whole = str(value or "")
    return Markup(f'<span title="{escape(whole)}">{escape(whole[:SHOWN_ID])}</span>') if whole else None


def badge(words: str, kind: str = "plain") -> Markup:
    """Return a short text in a coloured pill: ``good``, ``bad``, ``open`` or ``plain``."""
    return Markup(f'<span class="badge {kind}">{escape(words)}</span>')


def bullets(items: Sequence[Any] | None) -> str:
    """Return a list, empty without items."""
    return f"<ul>{''.join(f'<li>{text(item)}</li>' for item in items)}</ul>" if items else ""


def small_print(sentence: str) -> str:
    """Return a sentence that explains what stands beside it, in small grey letters."""
    return f'<p class="quiet">{escape(sentence)}</p>'


def image(png: bytes, alt: str) -> str:
    """Return a picture whose bytes are in the page."""
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'
