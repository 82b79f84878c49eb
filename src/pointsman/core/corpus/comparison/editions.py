"""Editions of one page: the same path for another version, date or language. They may state something else."""

import re

VERSION = r"v?\d+(?:\.(?:\d+|x))+(?:[-.]?(?:a|b|rc|alpha|beta|dev|post)\.?\d*)?|v\d+"
DATE = r"(?:19|20)\d\d(?:-[01]\d(?:-[0-3]\d)?)?"
_LANGUAGES = """
aa af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko
lb lt lv mk ml mn mr ms my nb ne nl nn no pa pl ps pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur uz vi yo zh
"""
LANGUAGE = rf"(?:{'|'.join(_LANGUAGES.split())})(?:[-_](?:[a-z]{{2}}|han[st]))?"
CHANNELS = "latest|stable|dev|main|master|next|current|lts"
FOLDER = re.compile(rf"(?:{VERSION}|{DATE}|{LANGUAGE}|{CHANNELS}|\d+)", re.IGNORECASE)
"""A folder that holds one edition of many pages."""
IN_NAME = re.compile(rf"(?<![^\W_])(?:{VERSION}|{DATE})(?![^\W_])", re.IGNORECASE)
"""A version or a date in the name of a file. A number alone is none: ``rules-2.md`` is a copy of ``rules-1.md``."""
LANGUAGE_ENDING = re.compile(rf"[._-](?:{LANGUAGE})(?=\.\w+$)", re.IGNORECASE)
"""A language before the ending of a file's name: ``readme.de.md``."""
BLANK = "*"


def are_editions(one: str, two: str) -> bool:
    """Return whether two documents are one page for two versions, dates or languages, as their paths say.

    Both paths must have the part: ``v2/rules.md`` is an edition of ``v1/rules.md`` and none of ``rules.md``.

    >>> are_editions("docs/v1/rules.md", "docs/v2/rules.md"), are_editions("releases/3.1.13.txt", "releases/3.2.5.txt")
    (True, True)
    >>> are_editions("rules.md", "rules-copy.md"), are_editions("rules.md", "v2/rules.md")
    (False, False)
    """
    return one != two and _page_of(one) == _page_of(two)


def _page_of(document: str) -> tuple[str, ...]:
    """Return the path with a blank for each part that names an edition."""
    *folders, name = document.split("/")
    blank = IN_NAME.sub(BLANK, LANGUAGE_ENDING.sub(BLANK, name))
    return (*(BLANK if FOLDER.fullmatch(folder) else folder for folder in folders), blank)
