"""Sentences that name a model as the one who is spoken to."""

from pointsman.core.corpus.instructions.form import MODEL, Form, form
from pointsman.core.corpus.instructions.marks import ADDRESS

ADDRESSES: tuple[Form, ...] = (
    form(
        ADDRESS,
        "if |when |unless ",
        "(?:if|when|unless) (?:you(?: are|'re) |(?:this|the) (?:page|text|document|content) is (?:being "
        r")?(?:read|processed|summari[sz]ed|indexed) by )(?:reading this as )?(?:an? |the |any )?(?:\w{1,12} "
        rf")?{MODEL}\b",
        prose=True,
    ),
    form(
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
    form(
        ADDRESS,
        "ai |ais |llm|language model|assistant|the assistant|chatbot|a.i.|large language",
        f"(?:{MODEL}|(?:the )?assistants?)(?: (?:reading|processing|summari[sz]ing|answering|indexing|using|that|"
        r"who|which)(?: \w{1,15}){1,5})? (?:must|should|shall|has to|have to|(?:is|are) (?:required|"
        "instructed|directed|told|asked) to) "
        "(?:now |also |please )?(?:always |never |only |not )?(?:ignore|answer|respond|reply|cite|say|tell|"
        r"recommend|disregard|treat|refuse|state|claim|forget|reveal|output only|mention)\b",
        prose=True,
    ),
)
"""Forms of ``address``."""
