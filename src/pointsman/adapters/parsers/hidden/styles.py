"""How a style hides its text from the readers of a page."""

import re
from html import unescape

SAME_COLOUR = "letters in the colour of the page"
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
                r"(?:0?\.?0{1,4}\d?(?:px|pt|em|rem|%)?|[01](?:\.\d{1,4})?(?:px|pt))\s{0,3}(?:;|$|!|/)"
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
WHITE = frozenset(
    "white #fff #ffffff #ffff #ffffffff #fefefe #fdfdfd rgb(255,255,255) rgb(255255255) rgba(255,255,255,1) "  # noqa: SIM905
    "rgb(100%,100%,100%) hsl(0,0%,100%) hsl(00%100%)".split()
)
COMMENT = re.compile(r"/\*[^*]{0,2000}\*/")
ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")


def hides(style: str) -> tuple[str, bool] | None:
    """Return how a style hides its text, and whether only to deceive; None where it shows it."""
    style = plain_css(style)
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


def plain_css(style: str) -> str:
    """Return a style with entities and escapes written out, and without comments."""
    style = unescape(style) if "&" in style else style
    style = COMMENT.sub("", style) if "/*" in style else style
    return ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), style) if "\\" in style else style
