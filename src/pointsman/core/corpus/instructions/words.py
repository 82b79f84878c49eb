"""All rules for words with which a text speaks to a language model, in many languages."""

from pointsman.core.corpus.instructions.languages.germanic import GERMANIC
from pointsman.core.corpus.instructions.languages.others import OTHERS
from pointsman.core.corpus.instructions.languages.romance import ROMANCE
from pointsman.core.corpus.instructions.languages.slavic import SLAVIC
from pointsman.core.corpus.instructions.meeting import Meeting

MEETINGS: tuple[Meeting, ...] = (*GERMANIC, *ROMANCE, *SLAVIC, *OTHERS)
"""Rules for languages that put blanks between words."""
