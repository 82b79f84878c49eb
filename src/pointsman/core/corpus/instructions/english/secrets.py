"""Sentences that ask a model for what it was told, or for what readers said to it."""

from pointsman.core.corpus.instructions.form import Form, form
from pointsman.core.corpus.instructions.marks import REVEAL

TOLD = r"(?:instructions?|prompts?|system message|guidelines|programming|directives)"

SECRETS: tuple[Form, ...] = (
    form(
        REVEAL,
        "reveal|print|output|repeat|show|display|leak|disclose|expose|send|share|give|tell|write|dump|return|"
        "recite|echo|list|summari|what |ignore",
        "(?:reveal|print|output|repeat|show|display|leak|disclose|expose|send|share|give|tell|write|dump|return|"
        "recite|echo|list|summari[sz]e|what (?:is|are|was|were))(?: (?:me|us|out|down|all|back|them|the user|"
        "verbatim|exactly|everything in|full|of)){0,4} "
        f"(?:your ~{{0,3}}?{TOLD}|(?:the |its )?~{{0,2}}?(?:system prompt|hidden prompt|initial prompt|system "
        r"message|hidden instructions|secret instructions|developer message))\b",
        commands=True,
    ),
    form(
        REVEAL,
        "send |post |upload |exfiltrate |forward |email |transmit |append |encode ",
        "(?:send|post|upload|exfiltrate|forward|email|e-mail|transmit|append|encode) ~{0,5}?(?:conversation|chat "
        "history|user'?s? (?:data|questions?|passwords?|credentials|messages?|input)|this question|system "
        r"prompt)\b\s?~{0,4}?(?:to|into|in|at) "
        r"(?:https?|\S{1,60}@|the following|this (?:url|address|link)|the (?:url|link|image))",
        commands=True,
    ),
    form(
        REVEAL,
        "![",
        r"!\[[^\]\n]{0,80}\]\(https?://[^)\s]{1,200}[?&=/](?:[^)\s]{0,60})?(?:\{|%7b|\[)?(?:conversation|chat|"
        r"history|question|context|user_?(?:data|input|query)|system_?prompt|secrets?)\b",
    ),
    form(
        REVEAL,
        "do not |don't |never |translate |repeat |encode |rephrase ",
        "(?:(?:do not|don't|never) (?:reveal|mention|disclose|show|tell) ~{0,4}?(?:this (?:note|instruction|"
        "message)|these instructions)|"
        r"(?:do not|don't|never) (?:tell|inform) the users? (?:about|of|that you)\b|"
        r"(?:translate|encode|rephrase)(?: me)? (?:your|the) (?:system|initial|hidden) prompt|"
        r"repeat (?:everything|every word|the (?:text|words|lines?|messages?)) ~{0,2}?above\b)",
        commands=True,
    ),
)
"""Forms of ``reveal``."""
