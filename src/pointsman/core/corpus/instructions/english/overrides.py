"""Sentences that ask a model to leave what it was told."""

from pointsman.core.corpus.instructions.form import Form, form
from pointsman.core.corpus.instructions.marks import OVERRIDE

OVERRIDES: tuple[Form, ...] = (
    form(
        OVERRIDE,
        "ignor|disregard|forget|overrid|overrule|bypass|set aside|pay no attention|do not follow|do not obey|"
        "don't follow|don't obey|never follow|never obey|stop following|discard|abandon|skip ",
        "(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|overrule|bypass(?:ing)?|set aside|"
        "pay no attention|(?:do not|don't|never|stop) (?:follow(?:ing)?|obey(?:ing)?)|discard|abandon|skip)"
        "(?: to| about| any| all| of| the| these| those| every| each| and| forget| ignore| disregard| everything|"
        " whatever| single){0,6} "
        "(?:(?:previous|prior|above|earlier|preceding|foregoing|former|original|your|system|existing|initial|"
        "safety|other|developer|all|any|these|such|current|hidden)"
        r"(?: [\w'-]{1,20}){0,3}? (?:instructions?|prompts?|directions|guidelines?|programming|polic(?:y|ies)|"
        r"orders|training|directives|restrictions)\b(?! set| pipeline| pointer)"
        "|(?:instructions?|guidelines|prompts?|rules|directions|text|content|context|messages?|documents?|"
        "passages?)(?: (?:that|which|you|were|was|are|is|have|been|given|stated|received|provided|written|listed|"
        r"shown|told)){0,6} (?:above|before this|previously|so far|earlier|until now|up to this point)\b"
        "|(?:previous|prior|above|earlier|preceding) (?:rules|context|commands|conversation|text|passages?|"
        r"documents?|content|questions?|messages?)\b"
        "|(?:you (?:were|have been|are|'ve been) (?:previously |just |ever )?(?:told|taught|instructed|given)|"
        "(?:you|i|they|the user|the system|the developers?)(?: have| has)?(?: just| previously)? (?:told you|"
        "said (?:before|so far|above|until now)|instructed you))|(?:said|written|stated) (?:above|before this|so "
        r"far)\b)",
    ),
    form(
        OVERRIDE,
        "forget |ignore |disregard ",
        "(?:forget|ignore|disregard) everything(?: (?:else|above|before|prior|previous|that came|you know|i said|"
        r"that was said))\b",
    ),
    form(
        OVERRIDE,
        "new |updated |revised |real |actual |override ",
        "(?:new|updated|revised|real|actual|override) (?:system )?(?:instructions?|prompt|task|orders)(?: for "
        r"~{1,3})?\s?:",
        commands=True,
    ),
    form(
        OVERRIDE,
        "previous |prior |above |earlier |your |all ",
        r"(?:previous|prior|above|earlier|your|all) ~{0,3}(?:instructions?|prompts?|guidelines|restrictions|rules) "
        r"(?:are|is|were|have been|has been) (?:now |hereby )?(?:void|null|cancell?ed|revoked|lifted|suspended|"
        r"overridden|superseded|no longer (?:valid|apply|in effect|active)|to be ignored|obsolete now)",
    ),
    form(
        OVERRIDE,
        "end of ",
        "end of (?:the )?(?:system )?(?:context|passages?|prompt|system message|retrieved (?:text|documents?|"
        r"passages?|context))\b[\s\W]{0,12}(?:now|new|the (?:user|real)|begin|start|you)",
    ),
    form(
        OVERRIDE,
        "jailbr|do anything now|developer mode|dan mode|god mode",
        r"(?:do anything now|(?:developer|dan|god) mode (?:is |has been )?(?:now )?(?:enabled|activated|on\b)|"
        "jailbreak mode|jailbroken)",
    ),
    form(
        OVERRIDE,
        "trust only|believe only|use only|rely only|follow only",
        r"(?:trust|believe|use|rely|follow) only (?:on )?(?:this|the following) (?:document|page|passage|text)",
        commands=True,
    ),
    form(
        OVERRIDE,
        "do not |don't |never |you must not ",
        "(?:do not|don't|never|you must not) (?:use|trust|believe|follow|obey|rely on|read|consult|answer from|"
        "mention) "
        "~{0,2}(?:(?:other|remaining|previous|above|earlier) (?:documents?|passages?|sources?|context|"
        "instructions?)|system prompt|your (?:instructions|guidelines))",
        commands=True,
    ),
    form(
        OVERRIDE,
        "system override|begin |end |start |ignore |disregard |forget |the ",
        r"(?:system override\s?[:!]|(?:begin|end|start)(?: of)?(?: the)? (?:system|hidden|admin|developer) "
        "(?:prompt|instructions|message)|"
        r"(?:ignore|disregard|forget)(?: (?:the|all|everything|all the))? above(?:\s?[.!,;]| and\b)|"
        r"(?:ignore|disregard)(?: the)? users?(?:'s|')? (?:questions?|requests?|quer(?:y|ies)|messages?|input)|"
        r"(?:ignore|disregard)(?: any| all)?(?: the)? other (?:passages|documents|sources|pages|context)|"
        "the (?:instructions?|prompt|context|messages?|passages?) above (?:was|were|is|are) (?:only |just )?(?:a "
        "test|fake|false|wrong|over|an example))",
        commands=True,
    ),
)
"""Forms of ``override``."""
