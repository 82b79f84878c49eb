"""Text cut into tokens: words, numbers, dates, links, signs; and the markup around them taken off.

Every expression is linear in the text, or looks at most a few hundred characters ahead.
"""

import re
import unicodedata

from pointsman.core.edits.vocabulary.lexicon import PHRASES

TOKEN = re.compile(
    r"""(?P<link>[a-z][a-z0-9+.-]{1,15}://[^\s)>\]]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+
        |(?<![\w.])@\w[\w-]*(?:/[\w.-]+)?)
    |(?P<iso>\d{4}-\d{2}-\d{2})
    |(?P<date>(?:\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}/\d{1,2}/\d{1,2}|(?<![\d/])\d{1,2}/\d{1,2}/\d{2})(?![\d/]))
    |(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?|\d{1,2}\s?[ap]\.?m\b\.?)
    |(?P<version>\bv\d+(?:\.\d+)*\w*|\d+(?:\.\d+){2,}\w*)
    |(?P<hex>\#[0-9a-f]{3,8}\b|\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,}\b(?!-))
    |(?P<unit>°\s?[CF]\b|km/h\b|[%€$£¥₹₽₩‰])
    |(?P<flag>(?<![\w-])--?[a-z][\w-]*|(?<!\w)(?:(?:~|\.{1,2})?/\w[\w./-]*|\.[a-z][\w./-]*)(?<=\w))
    |(?P<number>(?:(?<![\w.)])[-\u2212])?
        (?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?:[ '_]\d{3})+(?!\d)|\d+)(?:\.\d+|,\d{1,2}(?![\d,]))?
        (?:e[-+]?\d{1,3}\b)?(?:\s?[x*\u00d7\u00b7]\s?10\^[-+]?\d{1,3}|\^[-+]?\d{1,3}|(?<![\d/]\d{3})/\d{1,3}(?![/\d]))?)
        (?P<ordinal>(?:st|nd|rd|th)\b)?
    |(?P<word>\ue000?[^\W\d_](?:[\w'\u2019]|[-./:\\@](?=\w))*|\ue000?_\w+)
    |(?P<sign>[±≤≥≠≈]|~=|==|[<>~](?=\s?[-€$£¥]?\d))
    |(?P<tick>[\u2705\u2714\u2713\u2611\u274c\u2717\u2718\u2716\u2612\u26d4\U0001F6AB\U0001F44D\U0001F44E\U0001F7E2\U0001F534])
    |(?P<mark>[=<>+&|{}\[\]^~*])
    |(?P<stop>[^\w\s])""",
    re.VERBOSE | re.IGNORECASE,
)
"""One token; the name of its group is its kind. A ``stop`` carries no meaning."""

CODE = re.compile(r"^\s|^[\])}]+[,;.]?$|[;{}]$|\w\(|[\w\])]\s?[-+*/|&]?=\s?\S|^[$>#]\s|::|->|=>")
SENTENCE_WORDS = 4
"""Fewest words of a sentence: a line that begins with a capital letter and ends with ``.``, ``!``, ``?`` or ``:``."""
CODE_TOKEN = re.compile(r"\w+|[^\w\s]")
OPERATORS = frozenset("<>=!+-*/%&|^~#")
"""Signs of a program that change what it does."""

SPAN = "\ue000"
"""Stands before each word of a code span while a line is cut up."""
QUOTES = str.maketrans("\u2019\u2018\u201c\u201d\u2013\u2014\u2011\u00b5", "''\"\"---\u03bc")
MARKUP = re.compile(
    r"`+|(?<!\w)\*{1,3}(?!\*|\.\w|/)|(?<=\w)\*{1,3}(?![\w*])|(?<!\w)_{1,3}(?=\w)|(?<=[^\W_])_{1,3}(?!\w)"
)
LINK = re.compile(r"\[([^\]\[]{0,500})\]\(([^)\s(]{0,500})[^)(]{0,200}\)")
CODE_SPAN = re.compile(r"(`{1,2})([^`\n]{1,200})\1")
PLAIN_WORD = re.compile(r"(?<![\w./:@\\-])([^\W\d_]+)(?![\w./:@\\(-])")
CAPITALISED = re.compile(r"\b[^\W\d_a-z][a-z]+\b")

SUPERSCRIPT = re.compile("(?<=[^\\W_])([\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207a\u207b]+)")
RAISED = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b", "0123456789+-")
VULGAR = {"\u00bd": ".5", "\u00bc": ".25", "\u00be": ".75", "\u215b": ".125", "\u2153": " 1/3", "\u2154": " 2/3"}
FRACTION = re.compile(r"(?P<whole>\d?)(?P<sign>[\u00bd\u00bc\u00be\u215b\u2153\u2154])")
SPELLINGS = (
    (re.compile(r"(?<=\d)\s?(mm|cm|dm|km|m|ft)\^([23])\b"), r" \1\2"),
    (re.compile(r"\+/-"), "±"), (re.compile(r"<="), "≤"), (re.compile(r">="), "≥"), (re.compile(r"!="), "≠"),
    (re.compile(r"(?<=\d)\*\*(?=[-+]?\d)"), "^"), (re.compile(r"([-\u2212])([€$£¥])(?=\d)"), r"\2\1"),
)  # fmt: skip
"""(a way to write a sign, the one that is compared)."""


def is_code(line: str) -> bool:
    """Return whether a line is code. In code every character counts, capitals and punctuation too."""
    line = line.rstrip()
    sentence = line[:1].isupper() and line.endswith((".", "!", "?", ":")) and len(line.split()) >= SENTENCE_WORDS
    return not sentence and CODE.search(line) is not None


def plain(line: str) -> str:
    """Return a line without markup: raised digits after ``^``, links as text and target, phrases in short form."""
    text = SUPERSCRIPT.sub(lambda found: f"^{found[1].translate(RAISED)}", line.replace(SPAN, ""))
    text = unicodedata.normalize("NFKC", FRACTION.sub(_decimal, text)).translate(QUOTES)
    for pattern, new in SPELLINGS:
        text = pattern.sub(new, text)
    text = LINK.sub(lambda found: f"{CAPITALISED.sub(lambda word: word[0].lower(), found[1])} {found[2]}", text)
    text = MARKUP.sub("", CODE_SPAN.sub(lambda found: PLAIN_WORD.sub(rf"{SPAN}\1", found[2]), text))
    for pattern, new in PHRASES:
        text = pattern.sub(new, text)
    return text


def _decimal(found: "re.Match[str]") -> str:
    """Return a fraction that is one character as a decimal, joined to the number before it."""
    whole, part = found["whole"], VULGAR[found["sign"]]
    return f"{whole}{part}" if whole or part.startswith(" ") else f"0{part}"


def link_of(written: str) -> str:
    """Return one spelling of a web or e-mail address.

    ``http`` and ``https`` of one host and path are the same page: nearly every site sends readers from the first to the
    second, and an edit that adds the ``s`` changes no fact. A slash or a mark at the end does not count; any other
    scheme, host, port, path, query or fragment does.
    """
    scheme, mark, rest = written.partition("://")
    if not mark:
        return written.lower().rstrip(".,;:")
    host, slash, path = rest.partition("/")
    kept = "" if scheme.lower() in ("http", "https") else f"{scheme.lower()}://"
    return f"{kept}{host.lower()}{slash}{path}".rstrip("/.,;:'\"")
