"""The form of a sentence that speaks to a language model: how it begins and how it goes on."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """An expression that is tried where one of its beginnings stands in the folded text."""

    sign: str
    starts: tuple[str, ...]
    """Literal beginnings, found by plain search."""
    pattern: re.Pattern[str]
    """Matched at the beginning; every repetition in it is bounded."""
    commands: bool = False
    """Whether it must be a command: at the beginning of a sentence, or after *please* or *you must*."""
    prose: bool = False
    """Whether it counts only outside code."""
    ahead: re.Pattern[str] | None = None
    """What every match ends with. It is tried only up to ``FARTHEST`` characters before such a place."""


FARTHEST = 500
"""Characters of a match of a form with ``ahead``, at most."""

WORD = r"(?:[\w'.-]{1,30}+(?:[\s,\"'`*_:]{1,4}+|(?<=['_])))"
"""A word, and what parts it from the next. From one place it can match in one way only, whatever follows."""


def form(
    sign: str,
    starts: str | tuple[str, ...],
    pattern: str,
    *,
    commands: bool = False,
    prose: bool = False,
    ahead: str | None = None,
) -> Form:
    """Return a form; see ``MODEL`` for blanks. A tilde stands for a word of up to 30 characters."""
    compact = pattern.replace(" ", r"[\s\W]{1,6}").replace("~", WORD)
    return Form(
        sign,
        starts if isinstance(starts, tuple) else tuple(starts.split("|")),
        re.compile(compact),
        commands=commands,
        prose=prose,
        ahead=re.compile(ahead) if ahead else None,
    )


MODEL = (
    r"(?:(?:large )?language models?|l\.?l\.?m\.?s?|ai(?: language)?(?: models?| assistants?| agents?| systems?| "
    "bots?)?|"
    r"a\.i\.|chat ?bots?|chatgpt|gpt\W?\d?|copilot|claude|gemini|(?:virtual |automated )assistants?|"
    r"artificial intelligence)"
)
"""Names of what is spoken to. A blank stands for up to six characters between words."""
