"""What an error of a foreign reader says about a damaged file, without the text of the file that it may quote."""

import re

MOST = 200
"""Characters of a reason, at most."""
LONGEST = 2_000
"""Characters of an error that are looked at."""
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|'[^\n]*|\"[^\n]*")
PART = re.compile(r"['\"][\w.-]*/[\w./-]+['\"]")
"""A part of the container, such as ``'word/document.xml'``: its name is no text of the document."""


def damage_of(error: BaseException) -> str:
    """Return the kind of an error and its message. What the message quotes is left out: it may be restricted text."""
    said = " ".join(str(error)[:LONGEST].split())
    bare = QUOTED.sub(lambda found: found[0] if PART.fullmatch(found[0]) else "…", said)
    return f"{type(error).__name__}: {bare}"[:MOST]
