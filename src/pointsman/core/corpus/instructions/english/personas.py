"""Sentences that tell a model who it is now."""

from pointsman.core.corpus.instructions.form import MODEL, Form, form
from pointsman.core.corpus.instructions.marks import PERSONA

PERSONAS: tuple[Form, ...] = (
    form(
        PERSONA,
        "you are now|you're now",
        rf"you(?: are|'re) now ~{{0,5}}?(?:{MODEL}\b|assistant|unrestricted|jailbroken|dan\b|pirate|hacker|evil|"
        r"acting as|playing|role-?playing|operating (?:as|under|without)|in (?:developer|debug|god|admin\w*|dan|"
        "maintenance) mode|"
        "free (?:of|from) (?:all|any|your)|going to (?:answer|respond|act|pretend|ignore)|an? expert (?:in|on|"
        "at) (?:answering|everything))",
    ),
    form(
        PERSONA,
        "you are a|you are an|you're a|you act as a|you are the ",
        rf"you(?: are|'re| act as) (?:an?|the) ~{{0,3}}?(?:{MODEL}\b|(?:helpful|harmless|obedient|unrestricted|"
        r"honest|friendly|useful|rogue|evil|uncensored)(?: ~{0,2}?)?\W{0,3}(?:assistant|bot|model|agent))",
    ),
    form(
        PERSONA,
        "from now on|from this point|henceforth|starting now|as of now|for the rest of this conversation",
        "(?:from now on|from this point(?: on(?:wards?)?| forward)?|henceforth|starting now|as of now|for the "
        r"rest of this conversation)\W{1,4}~{0,4}?"
        "(?:answer|respond|reply|act as|pretend|speak (?:as|in|like|only)|your (?:name|role|answers?|responses?) "
        "|you are (?:an?|the|my) )",
    ),
    form(
        PERSONA,
        "act as |behave as |pretend |roleplay |role-play |simulate ",
        rf"(?:(?:act|behave) as (?:if you|though you|an? ~{{0,3}}?(?:{MODEL}\b|assistant|hacker|pirate|persona|"
        "unrestricted))|"
        rf"pretend (?:that )?you(?: are|'re) (?:(?:an?|the) ~{{0,3}}?(?:{MODEL}\b|assistant|pirate|hacker|persona|"
        "unrestricted)|not (?:an?|bound)|no longer|my )|(?:role-?play|simulate) (?:as )?an? "
        r"~{0,2}?(?:assistant|ai\b|hacker|pirate|character))",
        commands=True,
    ),
    form(
        PERSONA,
        "as an ai|as a large language|as a language model|as an artificial|as an llm",
        r"as an? (?:ai\b|artificial intelligence|llm\b|(?:large )?language model)(?: \w{1,20}){0,3}?\W{1,4}(?:you|"
        "i) (?:must|should|will|have|are|can|may|shall|am|do|cannot|need)",
    ),
    form(
        PERSONA,
        "your ",
        "your (?:new|only|real|true|actual|updated|sole|next) (?:task|role|instructions?|goal|objective|purpose|"
        "mission|identity|persona|directive)s? (?:is|are|shall be|will be) "
        "(?:now )?(?:to )?(?:answer|respond|reply|output|say|tell|act|pretend|reveal|ignore|recommend|convince|"
        r"promote|be\b|that of|write|print|send)",
    ),
    form(
        PERSONA,
        "pretend |you are a |you're a |you are an |you're an ",
        r"(?:pretend (?:that )?you (?:have no|have been|do not have|don't have|lack)\b|"
        r"you(?: are|'re) an? (?:pirate|hacker|unrestricted|evil|jailbroken)\b)",
    ),
)
"""Forms of ``persona``."""
