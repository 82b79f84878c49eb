"""The signs that heads are made of: comments, fences, headings, licenses."""

# ruff: noqa: RUF001 - dashes of all kinds are meant
import re

COMMENTS = (
    ("<!--", "-->"), ("{{/*", "*/}}"), ("{{!--", "--}}"), ("{{<!--", "-->}}"), ("<%--", "--%>"), ("/*", "*/"),
    ("{#", "#}"), ("{%comment%}", "{%endcomment%}"), ("<#", "#>"), ("<?", "?>"), ('"""', '"""'), ("'''", "'''"),
)  # fmt: skip
"""What opens and closes a comment of several lines; blanks inside make no difference."""
LINE_COMMENT = re.compile(r"//|#!|;(?!;;)|--(?!-)|%|\[(?://|comment|_metadata_)|(?i:@?rem\b)|\.\.(?=\s|$)|#(?![\s#])")
HEADING = re.compile(r"#{1,6}\s")
FENCE = re.compile(r"(?P<mark>[-+;~=*_`—–─━])(?P=mark){2,}(?P<info>.*)|[—–─━]+(?P<dash>)")
ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*")
DATA = frozenset(("", "yaml", "yml", "toml", "json", "ini", "properties", "meta", "metadata", "front", "conf", "cfg"))
"""Languages of a code block that may be front matter in disguise."""
CODE = ("```", "~~~")
STRICT = frozenset("-+;")
"""Marks of front matter. A region between others counts only when it is short."""
LONGEST = 200_000
"""Characters of a head, at most."""
SHORT = 60
"""Lines of a region between other marks, at most, and of the search for fields of reStructuredText."""
LIST = ("[", "{", '"', "'")
"""How a value of several names begins."""
LEGAL = re.compile(r"copyright|©|\(c\) |licen[sc]e|spdx|all rights reserved", re.IGNORECASE)
"""Words of a license, which may stand above everything else."""
LOUD = re.compile(r"[@\\](?P<key>[A-Za-z][\w-]{0,40})")
COMMENTED = re.compile(r"(?:^|\s)#(.*)")
FIELD = re.compile(r":(?P<key>[^:\n]{1,60}):(?:\s|$)")
TITLES = 2
"""Lines of plain text that count as title and subtitle at the head, at most."""
TITLE_WORDS = 10
LIMIT_WORDS = 5
"""Words of a line that limits its readers under another name, at most."""
