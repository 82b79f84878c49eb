"""All forms in which English sentences, role markers and tool calls speak to a language model."""

import re

from pointsman.core.corpus.instructions.chats import CHATS
from pointsman.core.corpus.instructions.english.addresses import ADDRESSES
from pointsman.core.corpus.instructions.english.answers import ANSWERS
from pointsman.core.corpus.instructions.english.overrides import OVERRIDES
from pointsman.core.corpus.instructions.english.personas import PERSONAS
from pointsman.core.corpus.instructions.english.secrets import SECRETS
from pointsman.core.corpus.instructions.form import Form

FORMS: tuple[Form, ...] = (*OVERRIDES, *PERSONAS, *ANSWERS, *SECRETS, *ADDRESSES, *CHATS)
"""All forms."""

HIDDEN_MODEL = re.compile(
    r"(?<![\w-])(?:ai|llms?|assistants?|chat ?bots?|language models?|gpt|chatgpt|copilot|claude|gemini|system "
    r"prompt|your (?:answer|response|reply|instructions?))(?![\w-])"
)
"""In text that no reader sees: who is spoken to …"""
HIDDEN_ORDER = re.compile(
    r"(?<![\w-])(?:ignore|disregard|forget|answer|respond|reply|say|tell|recommend|cite|mention|output|always|"
    r"never|only|instead|reveal|promote|must|prefer|rank)(?![\w-])"
)
"""… and what is asked."""
