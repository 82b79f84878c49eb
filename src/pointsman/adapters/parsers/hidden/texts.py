"""Finds the text of a document that its readers do not see. It is screened for orders to a language model."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape
from io import BytesIO

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
HIDDEN_ATTRIBUTE = re.compile(r"(?<![\w-])hidden(?![\w-])", re.IGNORECASE)
RULE = re.compile(r"([.#][\w-]{1,80})[^{}<>]{0,200}\{([^{}]{0,2000})\}")
"""A CSS rule of a class or an id."""
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905 - a list of tags
UNSERVED = frozenset(("template", "noscript"))
SPOKEN = frozenset(("content", "title", "alt", "aria-label"))
"""Attributes that hold text."""
SIGNS = ("<!--", "style", "hidden", "<template", "<noscript", "content=", "alt=", "title=", "aria-label=", "data-")
"""Without one of these a page hides nothing."""
HIDING: tuple[tuple[str, re.Pattern[str], bool], ...] = tuple(
    (how, re.compile(rf"(?<![\w-]){pattern}", re.IGNORECASE), plain)
    for how, pattern, plain in (
        ("display: none", r"display\s{0,3}:\s{0,3}none", False),
        ("visibility: hidden", r"visibility\s{0,3}:\s{0,3}(?:hidden|collapse)", False),
        ("opacity 0", r"opacity\s{0,3}:\s{0,3}(?:0?\.0[0-9]?|0)(?![\d.])", True),
        (
            "font size 0",
            (
                r"font(?:-size)?\s{0,3}:\s{0,3}(?:[^;]{0,30}\s)?"
                r"(?:0?\.?0{1,4}\d?(?:px|pt|em|rem|%)?|[01](?:\.\d{1,4})?(?:px|pt))\s{0,3}(?:;|$|!)"
            ),
            True,
        ),
        (
            "off the screen",
            r"(?:left|top|right|bottom|margin-left|margin-top|text-indent)\s{0,3}:\s{0,3}-\s?\d{3,}",
            False,
        ),
        ("clipped away", r"clip(?:-path)?\s{0,3}:\s{0,3}(?:rect\(0|inset\((?:50|100)%)", False),
        ("no size", r"(?:height|width|max-height|max-width)\s{0,3}:\s{0,3}0(?:px|%)?\s{0,3}(?:;|$)", False),
        ("transparent letters", r"color\s{0,3}:\s{0,3}(?:transparent|rgba\([^)]{0,30},\s{0,3}0?\.?0\))", True),
        ("scaled to nothing", r"transform\s{0,3}:\s{0,3}scale\(\s{0,3}0", False),
    )
)
"""(words, declaration, whether it is never used on text except to deceive)."""
COLOUR = re.compile(r"(?<![\w-])color\s{0,3}:\s{0,3}([^;!]{1,40})", re.IGNORECASE)
BACKGROUND = re.compile(r"background(?:-color)?\s{0,3}:\s{0,3}([^;!]{1,40})", re.IGNORECASE)
WHITE = frozenset(("white", "#fff", "#ffffff", "rgb(255,255,255)", "#fefefe", "#fdfdfd"))
SAME_COLOUR = "letters in the colour of the page"
MOST_TEXT = 200_000
"""Characters of hidden text that are kept, of one document."""


def hidden_texts(format_: str, raw: bytes) -> tuple[HiddenText, ...]:
    """Return the hidden texts of a document's bytes that were read in ``format_``."""
    if format_ == "docx":
        return tuple(_bounded(_word(raw)))
    if format_ not in ("html", "markdown", "rst", "text"):
        return ()
    text = raw.decode("utf-8", errors="replace")
    found = _rst_comments(text) if format_ == "rst" else iter(())
    lower = text.lower()
    if format_ in ("html", "markdown") and "<" in text and any(sign in lower for sign in SIGNS):
        found = _page(text)
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
    yield from _elements(shown, _hiding_rules(shown))


def _hiding_rules(text: str) -> dict[str, tuple[str, bool]]:
    """Return class or id (``.name``, ``#name``) → how its rule hides it."""
    if "<style" not in text.lower():
        return {}
    rules = ((found[1].lower(), _hides(found[2])) for found in RULE.finditer(text))
    return {name: how for name, how in rules if how is not None}


def _hides(style: str) -> tuple[str, bool] | None:
    """Return how a style hides its text, and whether only to deceive; None where it shows it."""
    for how, pattern, plain in HIDING:
        if pattern.search(style):
            return how, plain
    colour, ground = COLOUR.search(style), BACKGROUND.search(style)
    if colour:
        ink = "".join(colour[1].lower().split())
        paper = "".join(ground[1].lower().split()) if ground else "white"
        if ink == paper or (ink in WHITE and paper in WHITE):
            return SAME_COLOUR, True
    return None


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
    if not attributes:
        return None
    style = STYLE_ATTRIBUTE.search(attributes)
    if style and (way := _hides(style[1] or style[2] or style[3] or "")):
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


WORD_RUN = re.compile(r"<w:t(?:\s[^<>]{0,80})?>([^<>]*)</w:t>")
WORD_HIDES: tuple[tuple[str, re.Pattern[str], bool], ...] = (
    (
        "hidden letters",
        re.compile(r'<w:(?:vanish|webHidden)(?:\s[^<>]{0,40})?/>(?<!w:val="0"/>)(?<!w:val="false"/>)'),
        True,
    ),
    (SAME_COLOUR, re.compile(r'<w:color\s[^<>]{0,80}w:val="(?:FFFFFF|ffffff|FEFEFE)"'), True),
    ("letters of one point", re.compile(r'<w:sz w:val="[12]"\s?/>'), True),
)
SHADED = re.compile(r"<w:(?:shd|highlight)\s")
"""White letters on a ground of another colour are seen."""
MAX_PART = 30_000_000
"""Bytes of a part of a DOCX that are looked at."""


def _word(raw: bytes) -> Iterator[HiddenText]:
    """Yield the hidden runs of a DOCX one after the other, and its comments."""
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        names = [info.filename for info in archive.infolist() if info.file_size <= MAX_PART]
        for name in sorted(n for n in names if re.fullmatch(r"word/(?:document|comments|header\d*|footer\d*)\.xml", n)):
            xml = archive.read(name).decode("utf-8", errors="replace")
            if "comments" in name:
                yield HiddenText("a comment", " ".join(WORD_RUN.findall(xml)))
            else:
                yield from _runs(xml)


def _runs(xml: str) -> Iterator[HiddenText]:
    for how, pattern, plain in WORD_HIDES:
        if not pattern.search(xml):
            continue
        runs = (run for run in re.split(r"<w:r(?=[ >])", xml)[1:] if pattern.search(run))
        said = " ".join("".join(WORD_RUN.findall(run)) for run in runs if how != SAME_COLOUR or not SHADED.search(run))
        yield HiddenText(how, said, plain)
