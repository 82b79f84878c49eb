"""Sentences that tell a model what to answer, and how."""

from pointsman.core.corpus.instructions.form import Form, form
from pointsman.core.corpus.instructions.marks import ANSWER

SAY = r"(?:say|answer|reply|respond|tell|state|claim|recommend)"

ANSWERS: tuple[Form, ...] = (
    form(
        ANSWER,
        "answer|respond|reply",
        "(?:answer|respond|reply)(?: (?:the|this|that|any|all|every|each|to|user|users|user's|question|questions|"
        "messages?|queries|query|requests?|following|it|them)){0,6}"
        "(?: (?:only|exclusively|solely|strictly|just|always|simply|nothing but|instead|verbatim)){1,2}(?: "
        r"(?:with|in|by|using|that|yes|no|as)\b|\W{1,3}['\"`:])",
        commands=True,
    ),
    form(
        ANSWER,
        "answer |respond |reply ",
        r"(?:answer|respond to|reply to) (?:every|all|any|each) (?:\w{1,12} )?(?:questions?|quer(?:y|ies)|"
        r"messages?|prompts?) (?:with|by|in|as|using)\b",
        commands=True,
    ),
    form(
        ANSWER,
        "only |always |exclusively |simply |just ",
        "(?:only|always|exclusively|simply|just) (?:ever )?(?:answer|respond|reply) (?:with|in|by|that|using|as|"
        r"yes\b|no\b)",
        commands=True,
    ),
    form(
        ANSWER,
        "you must|you should|you will|you shall|you may only|you can only|you have to",
        "you (?:must|should|will|shall|may|can|have to)(?: now| henceforth)? (?:always|only|never) (?:answer|"
        r"respond|reply|cite|recommend|say|tell the user|output)\b",
    ),
    form(
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
    form(
        ANSWER,
        "when |whenever |if ",
        "(?:when|whenever|if)(?: (?:you|you are|you're))? (?:answering|responding|replying|generating|"
        r"summari[sz]ing|processing)\b[^.!?\n]{0,80}?\W(?:always|never|only|do not|don't|instead|you must|must) "
        f"(?:{SAY}|cite|include|output|mention|write|end|begin|start)",
        commands=True,
    ),
    form(
        ANSWER,
        "do not cite|don't cite|never cite|not cite|without citing|cite only|only cite|always cite|cite nothing|"
        "cite this",
        "(?:(?:do not|don't|never|must not|not|without) cit(?:e|ing) ~{0,3}?(?:sources?|documents?|passages?|"
        r"references?|others?|any\b|this|anything|them)|"
        r"(?:always|only) cite (?:this|the|it\b|only|\[)|cite (?:only|nothing)\b|cite this (?:page|document|"
        r"passage)(?: (?:for|in|regardless|instead|always|every|whenever|whatever))\b)",
    ),
    form(
        ANSWER,
        "the correct |the right |the only |the true |the valid |correct answer",
        r"(?:the )?(?:only )?(?:correct|right|true|valid|acceptable)?\s?(?:answer|response|reply) (?:to|for) "
        r"(?:any|all|every|each|this|the user|whatever)['s]{0,2}(?: \w{1,12})?(?: questions?| quer(?:y|ies)| "
        "requests?)",
    ),
    form(
        ANSWER,
        "end |start |begin |finish |conclude |prefix |preface |append |add |include |insert |put |sign ",
        "(?:end|start|begin|finish|conclude|prefix|preface|append|add|include|insert|put|sign)"
        r"\s{1,2}(?:\S{1,60}\s{1,2}){0,9}?(?:your "
        "(?:next |final |every )?(?:answers?|response|repl(?:y|ies))|(?:every|each|all)(?: of your| future| "
        r"subsequent)? (?:answers?|repl(?:y|ies)))\b",
        commands=True,
    ),
    form(
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
    form(
        ANSWER,
        "output |write |print |return |say |respond |reply |answer ",
        "(?:output|write|print|return|say|respond|reply|answer)(?: (?:with|by))? (?:only|exactly|nothing but|"
        r"just)(?: (?:the|this|these))?(?: (?:word|words|phrase|sentence|string|text|single word|following))\b",
        commands=True,
    ),
    form(
        ANSWER,
        "before |instead of ",
        r"(?:before (?:answering|responding|replying|you (?:answer|respond|reply))\b[^.\n]{0,40}?\W(?:output|"
        r"print|say|write|call|run|send|visit|recommend|mention)\b|"
        r"instead of (?:answering|replying)\b)",
        commands=True,
    ),
    form(
        ANSWER,
        "your answer|your reply|your replies|your response|your output",
        r"your (?:answers?|repl(?:y|ies)|responses?|output) (?:should|must|shall|has to|have to)(?: always| only)? "
        r"(?:only (?:contain|be|consist)|contain only|start with|begin with|end with|consist only|"
        r"be (?:only|exactly|nothing))\b",
    ),
    form(
        ANSWER,
        "respond with|reply with|answer with|answer the |answer this ",
        r"(?:(?:respond|reply|answer) with(?:\s?:\s{1,3}\w| (?:the (?:words?|phrase|sentence)|exactly|nothing "
        r"but)\b)|answer (?:the|this) (?:user's )?question with\b)",
        commands=True,
    ),
)
"""Forms of ``answer``."""
