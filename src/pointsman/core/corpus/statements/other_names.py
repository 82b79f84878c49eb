"""Metadata that is no access statement and may be meant as one: ``roles: [staff]``, ``visibility: private``."""

import re

from pointsman.core.corpus.statements.keys import words_of

LIMITED = frozenset(
    "admin admins board confidential employees internal members only private protected restricted secret staff "  # noqa: SIM905
    "team".split()
)
"""Words that limit who reads a document, when they are the value of one of ``DESCRIBING``."""
OPEN_WORDS = frozenset(
    "all any anonymous anybody anyone everybody everyone everywhere general no none off open public unlisted "  # noqa: SIM905
    "unrestricted world false 0".split()
)
"""Words that limit nothing."""
WORK = frozenset(
    "author authors chair co contributor contributors designer developer developers editor engineer engineers lead "  # noqa: SIM905
    "maintainer maintainers manager mentor operator operators organizer president professor researcher reviewer "
    "reviewers scientist speaker sponsor student students tester translator user users writer".split()
)
"""What people do: ``roles`` of a page about a person."""
DESCRIBING = LIMITED | frozenset(
    "audience classification confidentiality for group privacy read role sensitivity view visibility who".split()  # noqa: SIM905
)
"""Keys that describe a document, and limit its readers with some values: ``audience: internal``."""
NAMING = frozenset(
    "allow allowed allowedroles allowedusers authorised authorisedgroups authorisedusers authorized authorizedgroups "  # noqa: SIM905
    "authorizedusers groups limitedto limitto onlyfor permission permissions permitted permittedgroups roles "
    "sharedwith viewers".split()
)
"""Keys whose value names people or groups, whatever it is."""
YES = frozenset(("true", "yes", "on", "1"))
PAIR = re.compile(r"[\W_]{0,12}(?P<key>[^\W_][\w-]{0,40})[\s\"'`*_]{0,6}(?:[:=]|=>)(?P<value>.{0,400})")
"""A line of data: a key and its value."""


def limits_readers(key: str, value: str) -> bool:
    """Tell whether a key with its value seems to limit who reads a document."""
    words, said = words_of(key), set(words_of(value))
    name = "".join(words)
    if name in NAMING:
        return bool(said - OPEN_WORDS) and not (name == "roles" and said <= WORK)
    if words and LIMITED | {"owner", "owners"} >= set(words) and value.strip().lower() in YES:
        return True
    return name in DESCRIBING and bool(LIMITED & said)


def line_limits_readers(line: str) -> bool:
    """Tell whether a line of data between fences or braces does so; ``name`` itself is judged elsewhere."""
    pair = PAIR.match(line)
    return pair is not None and limits_readers(pair["key"], pair["value"])
