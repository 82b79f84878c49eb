"""Finds the elements of an HTML page that its readers do not see, and that nothing on the page can show.

A tab, an accordion or a menu is hidden too, until a reader opens it: that is text of the page. So an element counts as
unseen only where neither a control nor a script nor another rule of the page's own styles may show it. What a style
sheet elsewhere says is unknown.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pointsman.adapters.parsers.hidden.styles import BACKGROUND, SAME_COLOUR, WHITE, hides

CERTAIN = frozenset(
    ("display: none", "visibility: hidden", "opacity 0", "font size 0", "transparent letters", SAME_COLOUR)
)
"""Ways to hide that leave nothing for any reader. Text off the screen is for people who listen to a page."""
WHOLE_PAGE = frozenset(("html", "body", "main"))
"""Elements that a script shows when the page is ready."""
VISIBLE = re.compile(
    r"(?<![\w-])(?:display\s{0,3}:(?!\s{0,3}none)|visibility\s{0,3}:\s{0,3}visible|opacity\s{0,3}:\s{0,3}(?:0?\.[1-9]|1))"
)
"""Declarations that show what another rule hides."""
CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
BRACE = re.compile(r"([{}])")
SIMPLE = re.compile(r"[\w.#\s>-]+")
TOKEN = re.compile(r"[.#]?[\w-]+")
NAMES = re.compile(r"[.#]([\w-]+)")
WORD = re.compile(r"[\w-]{1,60}")
CONTROLS = ("aria-controls", "data-target", "data-bs-target", "data-tab", "data-toggle-target", "popovertarget", "for")
"""Attributes that name what a control opens."""
CONTROL_TAGS = frozenset(("button", "summary", "label", "input", "select"))
OPENED = re.compile(
    r"tab|accordion|collaps|panel|toggl|dropdown|modal|dialog|spoiler|expand|carousel|slide|step|faq|drawer|menu|popup"
)
"""Parts of the class names of what scripts open."""
DATA_SCRIPTS = re.compile(r"json|template|text/(?:plain|x-|html)", re.IGNORECASE)
MOST_CSS, MOST_RULES, MOST_OF_A_NAME = 2_000_000, 5_000, 20
"""Characters of the page's styles that are looked at, their rules, and the hiding ones for one class, id or tag."""
LONGEST = 2_000
"""Characters of a selector, and of the declarations of a rule, that are looked at."""


@dataclass(frozen=True, slots=True)
class HidingRule:
    """A rule with one simple selector that hides."""

    last: frozenset[str]
    """Tag, ``.class`` and ``#id`` that the element must have."""
    above: frozenset[str]
    """What elements above it must have."""
    how: str
    style: str


@dataclass(slots=True)
class Styles:
    """What the ``<style>`` elements of a page say about hiding."""

    hiding: dict[str, list[HidingRule]] = field(default_factory=dict)
    """A class, an id or a tag → the rules whose element must have it."""
    shown: set[str] = field(default_factory=set)
    """Classes and ids for which some rule shows something, or that depend on the medium or on what a reader does."""
    coloured: bool = False
    """Whether a rule gives anything a ground of another colour than white."""

    @classmethod
    def of(cls, css: str) -> "Styles":
        """Read styles; nested rules (``@media``) are never certain, their names count as shown."""
        found, above, selector, rules = cls(), 0, "", 0
        said = ""
        for part in BRACE.split(CSS_COMMENT.sub("", css[:MOST_CSS])):
            if part == "{":
                above, selector = above + 1, said[-LONGEST:].rpartition(";")[2].strip()
                if above > 1:
                    found.shown.update(NAMES.findall(selector))
            elif part == "}":
                rules += 1
                if above == 1 and rules <= MOST_RULES and not selector.startswith("@"):
                    found._add(selector, said[-LONGEST:])
                above = max(0, above - 1)
            said = part
        return found

    def rules_for(self, tokens: set[str]) -> Iterator[HidingRule]:
        """Yield the hiding rules that may concern an element."""
        for token in tokens:
            yield from self.hiding.get(token, ())

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield (class, id or tag, style) of the hiding rules, but those of the whole page."""
        for rule in (each for known in self.hiding.values() for each in known):
            names = {token for token in rule.last if token[0] in ".#"} or rule.last - WHOLE_PAGE
            yield from ((name, rule.style) for name in names)

    def _add(self, selector: str, style: str) -> None:
        self.coloured = self.coloured or has_ground(style)
        way = hides(style)
        if way is None:
            if VISIBLE.search(style.lower()):
                self.shown.update(NAMES.findall(selector))
            return
        for each in selector.split(","):
            if not SIMPLE.fullmatch(each) or not each.strip():
                self.shown.update(NAMES.findall(each))
                continue
            *above, last = each.replace(">", " ").split()
            tokens = frozenset(token.lower() for part in above for token in TOKEN.findall(part))
            rule = HidingRule(frozenset(map(str.lower, TOKEN.findall(last))), tokens, way[0], style)
            known = self.hiding.setdefault(min(rule.last), [])
            if len(known) < MOST_OF_A_NAME:
                known.append(rule)


def has_ground(style: str) -> bool:
    """Tell whether a style gives a background of another colour than white."""
    ground = BACKGROUND.search(style)
    said = "".join(ground[1].lower().split()) if ground else "white"
    return "background-image" in style or said not in (*WHITE, "transparent", "none", "inherit", "initial")


class UnseenElements:
    """The elements of a parsed page that nobody sees."""

    def __init__(self, soup: Any) -> None:
        tags = soup.find_all(True)
        self._styles = Styles.of("\n".join(tag.get_text() for tag in tags if tag.name == "style"))
        self._linked = any(tag.name == "link" and "stylesheet" in str(tag.get("rel", "")).lower() for tag in tags)
        self._coloured = self._linked or self._styles.coloured or any(map(_is_coloured, tags))
        scripts = [tag for tag in tags if tag.name == "script" and not DATA_SCRIPTS.search(str(tag.get("type", "")))]
        handlers = [str(value) for tag in tags for name, value in tag.attrs.items() if name.startswith("on")]
        self._scripted = bool(scripts or handlers)
        self._mentioned = {
            word for text in (*(s.get_text() for s in scripts), *handlers) for word in WORD.findall(text)
        }
        self._restyled = _restyled(tags)
        self._opened = {name for tag in tags for name in _opens(tag)}
        self.tags = frozenset(self._found(soup))
        """Ids (``id()``) of the outermost ones."""
        if self.tags and self._scripted and self._outweigh(soup):
            self.tags = frozenset()

    def _found(self, soup: Any) -> Iterator[int]:
        """Yield the outermost unseen elements."""
        above: Counter[str] = Counter()
        waiting = [(tag, False) for tag in reversed(soup.contents) if tag.name]
        while waiting:
            tag, ends = waiting.pop()
            tokens = _tokens(tag)
            if ends:
                above.subtract(tokens)
            elif self._is_unseen(tag, tokens, above):
                yield id(tag)
            else:
                above.update(tokens)
                waiting.append((tag, True))
                waiting += [(each, False) for each in reversed(tag.contents) if each.name]

    def _is_unseen(self, tag: Any, tokens: set[str], above: Counter[str]) -> bool:
        if tag.name in WHOLE_PAGE:
            return False
        style = _style(tag)
        if tag.has_attr("hidden"):
            return str(tag["hidden"]).lower() != "until-found" and not self._may_open(tag)
        if way := hides(style):
            return self._is_certain(tag, way[0], style) and not self._may_open(tag)
        if VISIBLE.search(style.lower()):
            return False
        for rule in self._styles.rules_for(tokens):
            if rule.last <= tokens and all(above[token] > 0 for token in rule.above):
                names = {token[1:] for token in rule.last if token[0] in ".#"}
                if names.isdisjoint(self._styles.shown) and self._is_certain(tag, rule.how, rule.style):
                    return not self._may_open(tag)
        return False

    def _is_certain(self, tag: Any, how: str, style: str) -> bool:
        """Tell whether nobody sees a tag that is hidden so, whatever stands in it."""
        if how not in CERTAIN:
            return False
        if how == SAME_COLOUR and not BACKGROUND.search(style):
            return not self._coloured
        if how in ("font size 0", "visibility: hidden", SAME_COLOUR, "transparent letters"):
            return id(tag) not in self._restyled
        return how != "opacity 0" or not self._scripted

    def _may_open(self, tag: Any) -> bool:
        """Tell whether a reader may open an element: a control names it, a script does, or it stands behind one."""
        names = {str(tag.get("id", "")), *_classes(tag)} - {""}
        if tag.get("role") == "tabpanel" or tag.get("id") in self._opened or not names.isdisjoint(self._mentioned):
            return True
        if not self._scripted:
            return False
        before = tag.find_previous_sibling(True)
        return _is_control(before) or any(OPENED.search(name.lower()) for name in names)

    def _outweigh(self, soup: Any) -> bool:
        """Tell whether the unseen elements hold more text than the rest: then a script shows the page."""
        body = soup.body or soup
        unseen = sum(len(tag.get_text()) for tag in body.find_all(True) if id(tag) in self.tags)
        scripts = sum(len(tag.get_text()) for tag in body.find_all(("script", "style")))
        return 2 * unseen > len(body.get_text()) - scripts


def _restyled(tags: Iterable[Any]) -> set[int]:
    """Return the ids of the elements below which one has a style or a class, so that it may be seen."""
    found: set[int] = set()
    for tag in tags:
        if tag.has_attr("style") or tag.has_attr("class"):
            above = tag.parent
            while above is not None and id(above) not in found:
                found.add(id(above))
                above = above.parent
    return found


def _is_coloured(tag: Any) -> bool:
    """Tell whether a tag has a ground of its own: everything white may stand on it."""
    return tag.has_attr("bgcolor") or tag.has_attr("background") or has_ground(str(tag.get("style", "")))


def _style(tag: Any) -> str:
    """Return the style of a tag; that of ``<font>`` has its colour too."""
    said = str(tag.get("style", ""))
    return f"color:{tag['color']};{said}" if tag.name == "font" and tag.has_attr("color") else said


def _opens(tag: Any) -> Iterator[str]:
    """Yield the ids that a control names."""
    for name in CONTROLS:
        if tag.has_attr(name):
            yield from (each.lstrip("#") for each in str(tag[name]).split())
    if str(tag.get("href", "")).startswith("#"):
        yield tag["href"][1:]


def _is_control(tag: Any) -> bool:
    if tag is None:
        return False
    link = tag.name == "a" and str(tag.get("href", "#")).startswith(("#", "javascript"))
    return link or tag.name in CONTROL_TAGS or tag.get("role") in ("button", "tab") or tag.has_attr("onclick")


def _classes(tag: Any) -> Iterable[str]:
    given = tag.get("class", [])
    return given.split() if isinstance(given, str) else given


def _tokens(tag: Any) -> set[str]:
    """Return what selectors can name of a tag."""
    tokens = {tag.name.lower(), *(f".{each.lower()}" for each in _classes(tag))}
    return tokens | {f"#{str(tag['id']).lower()}"} if tag.has_attr("id") else tokens
