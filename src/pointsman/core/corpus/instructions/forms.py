"""English sentences, role markers and tool calls that speak to a language model: how each begins and how it goes on."""

import re
from dataclasses import dataclass

from pointsman.core.corpus.instructions.marks import ADDRESS, ANSWER, OVERRIDE, PERSONA, REVEAL, ROLE, TOOL


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


def _form(
    sign: str, starts: str | tuple[str, ...], pattern: str, *, commands: bool = False, prose: bool = False
) -> Form:
    compact = pattern.replace(" ", r"[\s\W]{1,6}").replace("~", r"(?:[\w'.-]{1,30}[\s,\"'`*_:]{1,4})")
    return Form(
        sign,
        starts if isinstance(starts, tuple) else tuple(starts.split("|")),
        re.compile(compact),
        commands=commands,
        prose=prose,
    )


MODEL = (
    r"(?:(?:large )?language models?|l\.?l\.?m\.?s?|ai(?: language)?(?: models?| assistants?| agents?| systems?| "
    "bots?)?|"
    r"a\.i\.|chat ?bots?|chatgpt|gpt\W?\d?|copilot|claude|gemini|(?:virtual |automated )assistants?|"
    r"artificial intelligence)"
)
"""Names of what is spoken to. A blank stands for up to six characters between words."""
TOLD = r"(?:instructions?|prompts?|system message|guidelines|programming|directives)"
SAY = r"(?:say|answer|reply|respond|tell|state|claim|recommend)"

FORMS: tuple[Form, ...] = (
    _form(
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
    _form(
        OVERRIDE,
        "forget |ignore |disregard ",
        "(?:forget|ignore|disregard) everything(?: (?:else|above|before|prior|previous|that came|you know|i said|"
        r"that was said))\b",
    ),
    _form(
        OVERRIDE,
        "new |updated |revised |real |actual |override ",
        "(?:new|updated|revised|real|actual|override) (?:system )?(?:instructions?|prompt|task|orders)(?: for "
        r"~{1,3})?\s?:",
        commands=True,
    ),
    _form(
        OVERRIDE,
        "previous |prior |above |earlier |your |all ",
        r"(?:previous|prior|above|earlier|your|all) ~{0,3}(?:instructions?|prompts?|guidelines|restrictions|rules) "
        r"(?:are|is|were|have been|has been) (?:now |hereby )?(?:void|null|cancell?ed|revoked|lifted|suspended|"
        r"overridden|superseded|no longer (?:valid|apply|in effect|active)|to be ignored|obsolete now)",
    ),
    _form(
        OVERRIDE,
        "end of ",
        "end of (?:the )?(?:system )?(?:context|passages?|prompt|system message|retrieved (?:text|documents?|"
        r"passages?|context))\b[\s\W]{0,12}(?:now|new|the (?:user|real)|begin|start|you)",
    ),
    _form(
        OVERRIDE,
        "jailbr|do anything now|developer mode|dan mode|god mode",
        r"(?:do anything now|(?:developer|dan|god) mode (?:is |has been )?(?:now )?(?:enabled|activated|on\b)|"
        "jailbreak mode|jailbroken)",
    ),
    _form(
        OVERRIDE,
        "trust only|believe only|use only|rely only|follow only",
        r"(?:trust|believe|use|rely|follow) only (?:on )?(?:this|the following) (?:document|page|passage|text)",
        commands=True,
    ),
    _form(
        OVERRIDE,
        "do not |don't |never |you must not ",
        "(?:do not|don't|never|you must not) (?:use|trust|believe|follow|obey|rely on|read|consult|answer from|"
        "mention) "
        "~{0,2}(?:(?:other|remaining|previous|above|earlier) (?:documents?|passages?|sources?|context|"
        "instructions?)|system prompt|your (?:instructions|guidelines))",
        commands=True,
    ),
    _form(
        PERSONA,
        "you are now|you're now",
        rf"you(?: are|'re) now ~{{0,5}}?(?:{MODEL}\b|assistant|unrestricted|jailbroken|dan\b|pirate|hacker|evil|"
        r"acting as|playing|role-?playing|operating (?:as|under|without)|in (?:developer|debug|god|admin\w*|dan|"
        "maintenance) mode|"
        "free (?:of|from) (?:all|any|your)|going to (?:answer|respond|act|pretend|ignore)|an? expert (?:in|on|"
        "at) (?:answering|everything))",
    ),
    _form(
        PERSONA,
        "you are a|you are an|you're a|you act as a|you are the ",
        rf"you(?: are|'re| act as) (?:an?|the) ~{{0,3}}?(?:{MODEL}\b|(?:helpful|harmless|obedient|unrestricted|"
        r"honest|friendly|useful|rogue|evil|uncensored)(?: ~{0,2}?)?\W{0,3}(?:assistant|bot|model|agent))",
    ),
    _form(
        PERSONA,
        "from now on|from this point|henceforth|starting now|as of now|for the rest of this conversation",
        "(?:from now on|from this point(?: on(?:wards?)?| forward)?|henceforth|starting now|as of now|for the "
        r"rest of this conversation)\W{1,4}~{0,4}?"
        "(?:answer|respond|reply|act as|pretend|speak (?:as|in|like|only)|your (?:name|role|answers?|responses?) "
        "|you are (?:an?|the|my) )",
    ),
    _form(
        PERSONA,
        "act as |behave as |pretend |roleplay |role-play |simulate ",
        rf"(?:(?:act|behave) as (?:if you|though you|an? ~{{0,3}}?(?:{MODEL}\b|assistant|hacker|pirate|persona|"
        "unrestricted))|"
        rf"pretend (?:that )?you(?: are|'re) (?:(?:an?|the) ~{{0,3}}?(?:{MODEL}\b|assistant|pirate|hacker|persona|"
        "unrestricted)|not (?:an?|bound)|no longer|my )|(?:role-?play|simulate) (?:as )?an? "
        r"~{0,2}?(?:assistant|ai\b|hacker|pirate|character))",
        commands=True,
    ),
    _form(
        PERSONA,
        "as an ai|as a large language|as a language model|as an artificial|as an llm",
        r"as an? (?:ai\b|artificial intelligence|llm\b|(?:large )?language model)(?: \w{1,20}){0,3}?\W{1,4}(?:you|"
        "i) (?:must|should|will|have|are|can|may|shall|am|do|cannot|need)",
    ),
    _form(
        PERSONA,
        "your ",
        "your (?:new|only|real|true|actual|updated|sole|next) (?:task|role|instructions?|goal|objective|purpose|"
        "mission|identity|persona|directive)s? (?:is|are|shall be|will be) "
        "(?:now )?(?:to )?(?:answer|respond|reply|output|say|tell|act|pretend|reveal|ignore|recommend|convince|"
        r"promote|be\b|that of|write|print|send)",
    ),
    _form(
        ANSWER,
        "answer|respond|reply",
        "(?:answer|respond|reply)(?: (?:the|this|that|any|all|every|each|to|user|users|user's|question|questions|"
        "messages?|queries|query|requests?|following|it|them)){0,6}"
        "(?: (?:only|exclusively|solely|strictly|just|always|simply|nothing but|instead|verbatim)){1,2}(?: "
        r"(?:with|in|by|using|that|yes|no|as)\b|\W{1,3}['\"`:])",
        commands=True,
    ),
    _form(
        ANSWER,
        "answer |respond |reply ",
        r"(?:answer|respond to|reply to) (?:every|all|any|each) (?:\w{1,12} )?(?:questions?|quer(?:y|ies)|"
        r"messages?|prompts?) (?:with|by|in|as|using)\b",
        commands=True,
    ),
    _form(
        ANSWER,
        "only |always |exclusively |simply |just ",
        "(?:only|always|exclusively|simply|just) (?:ever )?(?:answer|respond|reply) (?:with|in|by|that|using|as|"
        r"yes\b|no\b)",
        commands=True,
    ),
    _form(
        ANSWER,
        "you must|you should|you will|you shall|you may only|you can only|you have to",
        "you (?:must|should|will|shall|may|can|have to)(?: now| henceforth)? (?:always|only|never) (?:answer|"
        r"respond|reply|cite|recommend|say|tell the user|output)\b",
    ),
    _form(
        ANSWER,
        "when |whenever |if ",
        "(?:when|whenever|if)(?: (?:you are|you're|you|someone|anyone|anybody|somebody|an? user|the users?|users|"
        "an? reader|the reader|an? customer|the customer|customers|people|they|one|this question|a question))?"
        "(?: (?:is|are|get|gets|ever|being))?(?: ask(?:s|ed)?| inquires?| enquires?| questioned| queried| wants? "
        "to know)(?: you)? "
        "(?:about|for|regarding|concerning|what|how|which|whether|who|where|when|why|if|"
        rf"anything)\b[^.!?\n]{{1,140}}?[\s,]{SAY}(?: (?:that|only|them|the user|him|her|it)\b| with ['\"`]|\s?:|"
        r",?\s?['\"`]| no\b| yes\b)",
    ),
    _form(
        ANSWER,
        "when |whenever |if ",
        "(?:when|whenever|if)(?: (?:you|you are|you're))? (?:answering|responding|replying|generating|"
        r"summari[sz]ing|processing)\b[^.!?\n]{0,80}?\W(?:always|never|only|do not|don't|instead|you must|must) "
        f"(?:{SAY}|cite|include|output|mention|write|end|begin|start)",
        commands=True,
    ),
    _form(
        ANSWER,
        "do not cite|don't cite|never cite|not cite|without citing|cite only|only cite|always cite|cite nothing|"
        "cite this",
        "(?:(?:do not|don't|never|must not|not|without) cit(?:e|ing) ~{0,3}?(?:sources?|documents?|passages?|"
        r"references?|others?|any\b|this|anything|them)|"
        r"(?:always|only) cite (?:this|the|it\b|only|\[)|cite (?:only|nothing)\b|cite this (?:page|document|"
        r"passage)(?: (?:for|in|regardless|instead|always|every|whenever|whatever))\b)",
    ),
    _form(
        ANSWER,
        "the correct |the right |the only |the true |the valid |correct answer",
        r"(?:the )?(?:only )?(?:correct|right|true|valid|acceptable)?\s?(?:answer|response|reply) (?:to|for) "
        r"(?:any|all|every|each|this|the user|whatever)['s]{0,2}(?: \w{1,12})?(?: questions?| quer(?:y|ies)| "
        "requests?)",
    ),
    _form(
        ANSWER,
        "end |start |begin |finish |conclude |prefix |preface |append |add |include |insert |put |sign ",
        "(?:end|start|begin|finish|conclude|prefix|preface|append|add|include|insert|put|sign)"
        r"\s{1,2}(?:\S{1,60}\s{1,2}){0,9}?(?:your "
        "(?:next |final |every )?(?:answers?|response|repl(?:y|ies))|(?:every|each|all)(?: of your| future| "
        r"subsequent)? (?:answers?|repl(?:y|ies)))\b",
        commands=True,
    ),
    _form(
        ANSWER,
        "refuse |decline |stop |say that |tell the user|inform the user|convince the user|ask the user|instruct "
        "the user|urge the user|recommend that the user",
        "(?:(?:refuse|decline) to (?:answer|respond|help)|stop (?:answering|responding to|obeying)|say that you "
        "(?:cannot|can't|are|do not|don't)|"
        "(?:tell|inform|convince|ask|instruct|urge|recommend) (?:that )?the users? (?:that (?:you|they (?:must|"
        "should|have to|need))|to (?:visit|click|send|call|pay|buy|download|enter|contact|email|open|install|run|"
        "disable|provide|share|go to)))",
        commands=True,
    ),
    _form(
        ANSWER,
        "output |write |print |return |say |respond |reply |answer ",
        "(?:output|write|print|return|say|respond|reply|answer)(?: (?:with|by))? (?:only|exactly|nothing but|"
        r"just)(?: (?:the|this|these))?(?: (?:word|words|phrase|sentence|string|text|single word|following))\b",
        commands=True,
    ),
    _form(
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
    _form(
        REVEAL,
        "send |post |upload |exfiltrate |forward |email |transmit |append |encode ",
        "(?:send|post|upload|exfiltrate|forward|email|e-mail|transmit|append|encode) ~{0,5}?(?:conversation|chat "
        "history|user'?s? (?:data|questions?|passwords?|credentials|messages?|input)|this question|system "
        r"prompt)\b\s?~{0,4}?(?:to|into|in|at) "
        r"(?:https?|\S{1,60}@|the following|this (?:url|address|link)|the (?:url|link|image))",
        commands=True,
    ),
    _form(
        REVEAL,
        "![",
        r"!\[[^\]\n]{0,80}\]\(https?://[^)\s]{1,200}[?&=/](?:[^)\s]{0,60})?(?:\{|%7b|\[)?(?:conversation|chat|"
        r"history|question|context|user_?(?:data|input|query)|system_?prompt|secrets?)\b",
    ),
    _form(
        ADDRESS,
        "if |when |unless ",
        "(?:if|when|unless) (?:you(?: are|'re) |(?:this|the) (?:page|text|document|content) is (?:being "
        r")?(?:read|processed|summari[sz]ed|indexed) by )(?:reading this as )?(?:an? |the |any )?(?:\w{1,12} "
        rf")?{MODEL}\b",
        prose=True,
    ),
    _form(
        ADDRESS,
        "note to|note for|notice to|notice for|message to|message for|instruction to|instruction for|"
        "instructions to|instructions for|attention|important for|reminder to|reminder for|warning to|dear |"
        "hello |hey |hi |to all |to any |to the |for all |for any |for the |to ai|for ai|to llm|for llm|hidden ",
        "(?:(?:note|notice|message|instructions?|attention|important|reminder|warning|dear|hello|hey|hi|to|for|"
        "hidden)(?: (?:note|message|instructions?|to|for|directed at|all|any|the|every|an?|reading|"
        rf"automated)){{0,5}}? {MODEL}\b)(?: (?:reading|processing|summari[sz]ing|that|who|which|using|only|"
        r"and)(?: \w{1,15}){0,5})?\s?(?:[:!,]|-\s)",
        commands=True,
        prose=True,
    ),
    _form(
        ADDRESS,
        "ai |ais |llm|language model|assistant|the assistant|chatbot|a.i.|large language",
        f"(?:{MODEL}|(?:the )?assistants?)(?: (?:reading|processing|summari[sz]ing|answering|indexing|using|that|"
        r"who|which)(?: \w{1,15}){1,5})? (?:must|should|shall|has to|have to|(?:is|are) (?:required|"
        "instructed|directed|told|asked) to) "
        "(?:now |also |please )?(?:always |never |only |not )?(?:ignore|answer|respond|reply|cite|say|tell|"
        r"recommend|disregard|treat|refuse|state|claim|forget|reveal|output only|mention)\b",
        prose=True,
    ),
    _form(
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
    _form(
        PERSONA,
        "pretend |you are a |you're a |you are an |you're an ",
        r"(?:pretend (?:that )?you (?:have no|have been|do not have|don't have|lack)\b|"
        r"you(?: are|'re) an? (?:pirate|hacker|unrestricted|evil|jailbroken)\b)",
    ),
    _form(
        ANSWER,
        "before |instead of ",
        r"(?:before (?:answering|responding|replying|you (?:answer|respond|reply))\b[^.\n]{0,40}?\W(?:output|"
        r"print|say|write|call|run|send|visit|recommend|mention)\b|"
        r"instead of (?:answering|replying)\b)",
        commands=True,
    ),
    _form(
        ANSWER,
        "your answer|your reply|your replies|your response|your output",
        r"your (?:answers?|repl(?:y|ies)|responses?|output) (?:should|must|shall|has to|have to)(?: always| only)? "
        r"(?:only (?:contain|be|consist)|contain only|start with|begin with|end with|consist only|"
        r"be (?:only|exactly|nothing))\b",
    ),
    _form(
        ANSWER,
        "respond with|reply with|answer with|answer the |answer this ",
        r"(?:(?:respond|reply|answer) with(?:\s?:\s{1,3}\w| (?:the (?:words?|phrase|sentence)|exactly|nothing "
        r"but)\b)|answer (?:the|this) (?:user's )?question with\b)",
        commands=True,
    ),
    _form(
        REVEAL,
        "do not |don't |never |translate |repeat |encode |rephrase ",
        "(?:(?:do not|don't|never) (?:reveal|mention|disclose|show|tell) ~{0,4}?(?:this (?:note|instruction|"
        "message)|these instructions)|"
        r"(?:do not|don't|never) (?:tell|inform) the users? (?:about|of|that you)\b|"
        r"(?:translate|encode|rephrase)(?: me)? (?:your|the) (?:system|initial|hidden) prompt|"
        r"repeat (?:everything|every word|the (?:text|words|lines?|messages?)) ~{0,2}?above\b)",
        commands=True,
    ),
    _form(
        ROLE,
        ('"role"', "'role'"),
        r"""["']role["']\s?:\s?["'](?:system|assistant|developer)["']\s?,\s?["']content["']""",
    ),
    # Roles and delimiters of chats
    _form(ROLE, ("<|",), r"<\|[\w.-]{2,40}\|>"),
    _form(
        ROLE,
        "[inst]|[/inst]|<<sys>>|<</sys>>|[system]|[/system]|<start_of_turn>|<end_of_turn>|<bos>|[system_prompt]|"
        "[/system_prompt]|[available_tools]",
        r"(?:\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|\[/?(?:system|system_prompt|available_tools)\])",
    ),
    _form(
        ROLE,
        "</|<sys|<ass|<hum|<user|<instr|<doc",
        "(?:</(?:context|passages?|documents?|sources?|system|system_prompt|instructions?|user|assistant|human|"
        r"question|query|user_input|search_results|retrieved\w{0,20})>"
        r"|<(?:system|system_prompt|system_message|assistant|human|instructions)>)",
        prose=True,
    ),
    _form(
        ROLE,
        "#",
        r"#{2,6}\s?(?:system|human|assistant|instructions?|response|user|input)(?: message| prompt)?\s?:",
        prose=True,
    ),
    _form(ROLE, "human:|human :", r"human\s?:\s(?:[^\n]|\n(?!\n)){0,400}?(?<!\w)assistant\s?:", prose=True),
    _form(
        ROLE,
        "user:|user :",
        r"user\s?:\s[^\n]{0,400}?(?<![\w-])(?:assistant|ai|system|chatbot|chatgpt)\s?:\s",
        prose=True,
    ),
    _form(
        ROLE,
        "system:|system :|assistant:|assistant :|system prompt:|system message:",
        r"(?:system|assistant|system prompt|system message)\s?:\s{1,3}(?:you are|you must|you will|ignore|"
        "disregard|forget|answer|respond|reply|from now|new |the user|override|sure|only |always |never |i "
        "(?:will|am|have)|all )",
        prose=True,
    ),
    # Tool calls
    _form(
        TOOL,
        "<tool|<function|</tool|[tool|<invoke|<use_mcp|<execute",
        r"(?:</?tool_(?:calls?|use|code|responses?)>|</?function_calls?>|<function=[\w.-]{1,60}|\[tool_calls?\]|"
        r"<invoke name=|<use_mcp_tool>|<execute_\w{1,20}>)",
    ),
    _form(
        TOOL, "\"name\"|'name'", r"""["']name["']\s?:\s?["'][\w.:/-]{1,80}["']\s?,\s?["']arguments["']\s?:\s?[{"']"""
    ),
    _form(
        TOOL,
        '"function_call"|"tool_calls"|"tool_call"|"tool_use"',
        r"""["'](?:function_call|tool_calls?|tool_use)["']\s?:?\s?[\[{,}]""",
    ),
    _form(
        TOOL,
        "call the |invoke the |use the |run the |execute the |call your |use your ",
        r"(?:call|invoke|use|run|execute) (?:the|your) ~{0,2}?(?:[`'\"]?[a-z]{2,20}(?:_[a-z]{2,20}){1,4}[`'\"]? "
        r")(?:tool|function call|plugin)\b(?: now| immediately| with| to| before)",
        commands=True,
        prose=True,
    ),
)
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
