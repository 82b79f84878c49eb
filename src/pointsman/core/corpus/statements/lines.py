"""Tells whether one line may be an access statement: of a comment, of front matter, of markup, of a property."""

# ruff: noqa: RUF001 - colons of all kinds are meant
import html
import re

from pointsman.core.corpus.statements.keys import LONGEST_KEY, is_alike, words_of

BREAK = re.compile("\r\n?|[\n\f\v\x1c-\x1e\x85\u2028\u2029]")
UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u180e\u061c\u2061\u2062\u2063\u2064"))
"""Characters of no width."""
SEPARATOR = re.compile(r"[:=：﹕꞉∶＝→⇒]|->|\|")
BEFORE_KEY = re.compile(r"[\[\](){},;|<>:=?&]|\s[-*#]\s")
VALUED = re.compile(r"\W{0,12}(?P<key>[^\W_][^:=：→\n]{0,60}?)[*_\"'`\s\])}]{0,6}(?:[:=：→]|=>)(?P<value>(?!//).*)")
"""A line of ``key: value``."""
FIRST = re.compile(r"\W{0,12}([^\W_][\w-]{0,40})(?![\w:.-])")
"""The first word of a line, where a colon may have been forgotten."""
TAG = re.compile(r"<\s*/?\s*(?P<key>[^\W\d][\w:.-]{0,40})")
ATTRIBUTE = re.compile(
    r"[\s\"'](?:data-)?(?P<name>[\w:.-]{1,40})\s{0,9}="
    r"(?=\s{0,9}(?:\"(?P<a>[^\"]{0,80})\"|'(?P<b>[^']{0,80})'|(?P<c>[^\s\"'>]{1,80})))"
)
"""An attribute; its value is looked at and not passed, because ``content= name=x`` may be one or two."""
META = ("name", "property", "http-equiv", "itemprop", "key")
"""Attributes whose value names what a ``<meta>`` says."""
ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})")
LIMITING = frozenset(
    "admin admins authorised authorized board confidential employees group groups internal member members nobody only "  # noqa: SIM905
    "private restricted secret staff team".split()
)
"""Words that make a statement of a whole sentence."""
SENTENCE = 5
"""Words from which a value with a full stop is prose."""
LONG_VALUE = 12
"""Words above which a value is prose in any case."""
KEY_WORDS = 3
"""Words of a key between other text, at most."""
LOOKED_AT = 200_000
"""Characters at the beginning of a line in which keys are looked for."""
SHOWN = 80
"""Characters of a line that a message quotes."""


def comments_statement(text: str, name: str) -> bool:
    """Tell whether a line of a comment is an access statement."""
    lines = (bare(line) for line in BREAK.split(text.translate(UNSEEN)))
    return any(has_key(line, name) or begins_with(line, name) for line in lines)


def is_statement(text: str, name: str) -> bool:
    """Tell whether the text of a property, or a part of it between commas, is an access statement itself."""
    parts = (VALUED.match(part) for part in re.split("[,;\n]", text.translate(UNSEEN)[:LOOKED_AT]))
    return any(
        part is not None and " " not in part["key"] and is_named(part["key"], name) and not is_prose(part["value"])
        for part in parts
    )


def has_key(line: str, name: str) -> bool:
    """Tell whether a line has the name as a key with a colon or the like, also in braces."""
    line = unescaped(line[:LOOKED_AT])
    begin = 0
    for separator in SEPARATOR.finditer(line):
        chunk = line[max(begin, separator.start() - LONGEST_KEY) : separator.start()]
        begin = separator.end()
        key = BEFORE_KEY.split(chunk)[-1]
        if 0 < len(key.split()) <= KEY_WORDS and is_named(key, name):
            return True
    return False


def begins_with(line: str, name: str, *, loose: bool = False) -> bool:
    """Tell whether a line has the name as its first word; ``loose``: also a word like it, in a longer line."""
    line = unescaped(line[:LOOKED_AT])
    first = FIRST.match(line)
    if not first or not (is_name(first[1], name) or (loose and is_alike(first[1], name))):
        return False
    return len(line.split()) <= (2 * SENTENCE if loose else SENTENCE) and not is_prose(line)


def sets_name(line: str, name: str) -> bool:
    """Tell whether a line between fences sets the name, perhaps without a colon."""
    return has_key(line, name) or begins_with(line, name, loose=True)


def has_tag(markup: str, name: str) -> bool:
    """Tell whether markup has the name as a tag or an attribute, or names a ``<meta>`` so."""
    markup = unescaped(markup[:LOOKED_AT])
    if any(is_named(tag["key"], name) for tag in TAG.finditer(markup)):
        return True
    names = () if "<meta" in markup.lower() else META
    return any(
        is_named(said["name"], name)
        or (_labels(said["name"].lower(), names) and is_named(said["a"] or said["b"] or said["c"] or "", name))
        for said in ATTRIBUTE.finditer(markup)
    )


def _labels(attribute: str, names: tuple[str, ...]) -> bool:
    """Tell whether an attribute names what a tag says; ``names``: only these do; none: all but the content itself."""
    return attribute in names if names else attribute != "content"


def bare(line: str) -> str:
    """Return a line of a comment without the signs that begin and end it."""
    return line.strip().strip("<>!-/*#%;.{}'\"|@ \t") or line


def unescaped(line: str) -> str:
    """Return a line with its escapes and entities written out."""
    if "\\" in line:
        line = ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), line)
    return html.unescape(line) if "&" in line else line


def is_named(key: str, name: str) -> bool:
    """Tell whether a key is the name or like it, whatever signs stand around it."""
    key = key.strip().strip("\"'*_`&!?()[]{}<>~^.,;#+-@/\\| \t")
    return bool(key) and (key == name or is_alike(key, name))


def is_name(word: str, name: str) -> bool:
    """Tell whether a word is the name itself, in any case and any letters that look alike."""
    return words_of(word) == words_of(name)


def limits(text: str) -> bool:
    """Tell whether a text has a word that limits who reads something."""
    return bool(LIMITING & {word.strip(".,;!\"'").lower() for word in text.split()})


def is_prose(value: str) -> bool:
    """Tell whether a value is a sentence or several, rather than the name of groups."""
    words = value.split()
    if value.lstrip()[:1] in ("[", "{"):
        return False
    if limits(value):
        return len(words) > 2 * LONG_VALUE
    return len(words) > LONG_VALUE or (len(words) >= SENTENCE and (value.rstrip()[-1] in ".!?" or ". " in value))
