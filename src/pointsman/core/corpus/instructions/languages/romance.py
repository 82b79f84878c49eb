"""Rules for Romance languages: French, Spanish, Italian, Portuguese."""

# ruff: noqa: RUF001 - other languages have letters that look like Latin ones

from pointsman.core.corpus.instructions.marks import ADDRESS, ANSWER, OVERRIDE, PERSONA, REVEAL
from pointsman.core.corpus.instructions.meeting import Meeting, meeting

ROMANCE: tuple[Meeting, ...] = (
    # French
    meeting(
        OVERRIDE,
        "ignore|ignorez|oublie|oubliez|ne tiens pas compte|ne tenez pas compte|neglige|outrepasse|ne suis pas|ne "
        "suivez pas",
        "precedent|ci dessus|anterieur|tout |toute|vos |tes |initial|qui precede|plus haut",
        "instruction|consigne|directive|prompt|regles |ordres |invite systeme",
    ),
    meeting(
        PERSONA,
        "tu es maintenant|vous etes maintenant|tu es desormais|vous etes desormais|a partir de maintenant|fais "
        "comme si",
        "assistant|ia |chatbot|modele|pirate|bot |mode developpeur|sans restriction|tu reponds|vous repondez|tu "
        "dois repondre",
    ),
    meeting(
        ANSWER,
        "reponds|repondez",
        "uniquement|seulement|toujours|exclusivement|rien que|a toute",
        "par |avec |en |que |question",
    ),
    meeting(
        ANSWER,
        "si on te demande|si on vous demande|quand on te|quand on vous|lorsqu'on|lorsqu’on|si l'utilisateur|si "
        "l’utilisateur|si quelqu un",
        "demand|question|interrog",
        "reponds|repondez|dis |dites|affirme|recommande",
    ),
    meeting(
        ANSWER, "ne cite|ne citez|ne mentionne|cite uniquement|citez uniquement", "source|document|page|passage|autre"
    ),
    meeting(
        REVEAL,
        "revel*|affiche*|montre*|repete*|donne*|ecri*|imprime*",
        "tes |vos |ton |votre |invite systeme|prompt systeme",
        "instruction|consigne|prompt|invite systeme|message systeme",
    ),
    meeting(
        ADDRESS,
        "si vous etes une ia|si tu es une ia|en tant qu'ia|les assistants ia|assistants ia|si tu es un modele",
        "recommand|repond|dites|dis |doi|devez|ignor",
    ),
    meeting(OVERRIDE, "oublie|oubliez", "tout ", "precede|avant|dit |dessus"),
    # Spanish
    meeting(
        OVERRIDE,
        "ignora|ignore|ignorad|olvida|olvide|descarta|haz caso omiso|haga caso omiso|no sigas|no hagas caso|pasa "
        "por alto|omite",
        "anterior|previ|arriba|todas |todo |tus |sus |original|inicial|precedente",
        "instruccion|indicacion|directric|prompt|reglas |ordenes|lo que te dijeron|mensaje del sistema",
    ),
    meeting(
        PERSONA,
        "ahora eres|eres ahora|a partir de ahora|desde ahora|ahora usted es|actua como|finge que eres|finge ser",
        "asistente|ia |chatbot|modelo de lenguaje|pirata|bot |modo desarrollador|sin restriccion|responde|contesta",
    ),
    meeting(
        ANSWER,
        "responde|contesta|responda|conteste",
        "solo |unicamente|siempre|exclusivamente|solamente|a cualquier|a toda",
        "con |en |que |pregunta",
    ),
    meeting(
        ANSWER,
        "cuando te pregunt*|si te pregunt*|cuando pregunt*|cuando alguien|si alguien|si el usuario|cuando le pregunt*",
        "pregunt",
        "responde|di |diga|contesta|afirma|recomienda",
    ),
    meeting(ANSWER, "no cites|no menciones|no cite|cita solo|cita unicamente", "fuente|documento|pagina|pasaje|otr"),
    meeting(
        REVEAL,
        "revel*|muestra|muestre|repite|imprime|escribe|dime|ensena",
        "tus |su |sus |tu |del sistema|ocult|secret",
        "instruccion|prompt|mensaje del sistema|indicaciones",
    ),
    meeting(
        ADDRESS,
        "si eres una ia|como ia|como modelo de lenguaje|asistentes de ia|si usted es una ia",
        "recomiend|respond|di |diga|debes|deben|ignora",
    ),
    meeting(OVERRIDE, "olvida|olvide|ignora", "todo lo |lo anterior|lo que ", "anterior|dicho|dijeron|arriba"),
    # Italian
    meeting(
        OVERRIDE,
        "ignora|ignorate|ignori |dimentica|dimenticate|trascura|non seguire|non tenere conto|scarta",
        "precedent|sopra|tutte |tutto |tue |vostre |original|inizial|anterior",
        "istruzion|direttiv|prompt|regole |indicazion|ordini |comandi ",
    ),
    meeting(
        PERSONA,
        "ora sei|adesso sei|sei ora|da ora in poi|d'ora in poi|d’ora in poi|da questo momento|fingi di essere|"
        "comportati come",
        "assistente|ia |ai |chatbot|modello|pirata|bot |modalita sviluppatore|senza restrizion|rispond",
    ),
    meeting(
        ANSWER,
        "rispondi|rispondete",
        "solo |soltanto|sempre|esclusivamente|unicamente|a ogni|a qualsiasi",
        "con |in |che |domand",
    ),
    meeting(
        ANSWER,
        "quando ti chied*|se ti chied*|quando qualcuno|se qualcuno|se l'utente|se l’utente|quando viene chiesto|"
        "quando ti viene",
        "chied|chiest|domand",
        "rispondi|di |dì |afferma|consiglia",
    ),
    meeting(ANSWER, "non citare|non menzionare|cita solo|cita soltanto", "font|document|pagin|passagg|altr"),
    meeting(
        REVEAL,
        "rivela|mostra|ripeti|stampa|scrivi|dimmi",
        "tue |tuo |di sistema|nascost|segret",
        "istruzion|prompt|messaggio di sistema",
    ),
    meeting(
        ADDRESS,
        "se sei un'ia|se sei una ia|come ia|come modello linguistico|assistenti ia|assistenti ai",
        "consigli|rispond|di |devi|devono|ignora",
    ),
    meeting(OVERRIDE, "dimentica|dimenticate", "tutto |quello |cio ", "detto|sopra|precede"),
    # Portuguese
    meeting(
        OVERRIDE,
        "ignore|ignora|esqueca|esquece|desconsidere|desconsidera|descarte|nao siga|nao sigas",
        "anterior|previ|acima|todas |tudo |suas |tuas |origina|inicia|precedente",
        "instruc|instru|orientac|diretriz|prompt|regras |ordens |comandos ",
    ),
    meeting(
        PERSONA,
        "agora voce e|voce agora e|voce e agora|a partir de agora|de agora em diante|finja ser|finja que voce|"
        "aja como|agora es",
        "assistente|ia |chatbot|modelo|pirata|bot |modo desenvolvedor|sem restric|responda|responde",
    ),
    meeting(
        ANSWER,
        "responda|responde",
        "apenas|somente|sempre|unicamente|exclusivamente|so com|a qualquer",
        "com |em |que |pergunt",
    ),
    meeting(
        ANSWER,
        "quando pergunt*|se pergunt*|quando alguem|se alguem|se o usuario|quando for pergunt*|quando lhe "
        "pergunt*|se o utilizador",
        "pergunt",
        "responda|responde|diga|afirme|recomende",
    ),
    meeting(ANSWER, "nao cite|nao mencione|nao cites|cite apenas|cite somente", "fonte|documento|pagina|passage|outr"),
    meeting(
        REVEAL,
        "revel*|mostre|mostra|repita|imprima|escreva|diga me",
        "suas |seu |tuas |teu |do sistema|ocult|secret",
        "instruc|instru|prompt|mensagem do sistema",
    ),
    meeting(
        ADDRESS,
        "se voce e uma ia|como uma ia|como ia|assistentes de ia|se es uma ia",
        "recomend|respond|diga|deve|ignor",
    ),
    meeting(OVERRIDE, "esqueca|esquece", "tudo |o que ", "dito|acima|anterior|antes"),
)
"""Rules for Romance languages."""
