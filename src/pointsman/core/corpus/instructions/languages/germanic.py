"""Rules for Germanic languages: German, Dutch, Swedish, Danish, Norwegian."""

from pointsman.core.corpus.instructions.marks import ADDRESS, ANSWER, OVERRIDE, PERSONA, REVEAL
from pointsman.core.corpus.instructions.meeting import Meeting, meeting

GERMANIC: tuple[Meeting, ...] = (
    # German
    meeting(
        OVERRIDE,
        "ignorier*|vergiss|vergesst|vergessen sie|missacht*|verwirf|verwerfen sie|beachte nicht|befolge nicht|"
        "setz dich uber",
        "vorherig|vorig|bisherig|vorangegangen|obig|fruher|alle |saemtlich|samtlich|deine |ihre |ursprunglich|alles ",
        "anweisung|instruktion|vorgabe|prompt|richtlinie|regeln |anordnung|befehle |gesagt",
    ),
    meeting(
        PERSONA,
        "du bist jetzt|du bist ab jetzt|du bist nun|sie sind jetzt|ab jetzt bist du|tu so als|gib dich als",
        "assistent|ki |chatbot|sprachmodell|modell|pirat|bot |entwicklermodus|uneingeschrankt|dan |ohne einschrank",
    ),
    meeting(
        ANSWER,
        "antworte|antworten sie|beantworte",
        "nur |ausschliesslich|immer |stets |lediglich|jede ",
        "mit |auf |frage|wort|satz|dass ",
    ),
    meeting(
        ANSWER,
        "wenn du gefragt|wenn jemand|falls jemand|wenn der nutzer|wenn nach|wenn man dich|bei fragen",
        "frag",
        "antworte|sage |sag |behaupte|nenne |empfiehl",
    ),
    meeting(
        ANSWER,
        "zitiere|zitieren sie|erwahne",
        "nicht |keine |niemals|nur ",
        "quelle|dokument|seite|passage|andere|dies",
    ),
    meeting(
        REVEAL,
        "zeig*|gib |verrat*|offenbar*|nenn|druck*|wiederhol*|geben sie",
        "dein|ihre|den system|versteckt|geheim",
        "anweisung|systemprompt|prompt|instruktion|systemnachricht",
    ),
    meeting(
        ADDRESS,
        "als ki|als sprachmodell|wenn du eine ki|falls du eine ki|wenn sie eine ki|ki assistenten|an alle ki",
        "musst|mussen|soll|antworte|empfiehl|empfehl|sage|sag |ignorier|stopp|darf",
    ),
    meeting(OVERRIDE, "vergiss|vergesst|vergessen sie", "alles ", "gesagt|davor|bisher|zuvor|obige"),
    # Dutch
    meeting(
        OVERRIDE,
        "negeer*|vergeet|sla geen acht|volg niet|veronachtzaam|laat buiten beschouwing",
        "vorige|voorgaande|eerdere|bovenstaande|voorafgaande|alle |je |jouw |uw |oorspronkelijk",
        "instructie|aanwijzing|opdracht|prompt|richtlijn|regels |voorschrift",
    ),
    meeting(
        PERSONA,
        "je bent nu|jij bent nu|u bent nu|vanaf nu ben je|doe alsof je",
        "assistent|ai |chatbot|taalmodel|piraat|bot |ontwikkelaarsmodus|zonder beperking|antwoord",
    ),
    meeting(
        ANSWER, "antwoord|beantwoord", "alleen|uitsluitend|altijd|enkel|slechts", "met |in |dat |vragen|elke vraag"
    ),
    meeting(
        ANSWER,
        "als iemand|wanneer iemand|als je gevraagd*|als er gevraagd*|als de gebruiker|wanneer gevraagd|als men",
        "vraag|gevraagd|vraagt",
        "zeg |antwoord|beweer|raad ",
    ),
    meeting(ANSWER, "citeer|vermeld|noem ", "geen |niet |nooit|alleen", "bron|document|pagina|passage|andere"),
    meeting(
        REVEAL,
        "toon*|onthul*|herhaal|geef|laat",
        "je |jouw |uw |de systeem|verborgen|geheime",
        "instructies|systeemprompt|prompt|systeembericht",
    ),
    meeting(ADDRESS, "als je een ai|als ai|ai assistenten|als taalmodel", "raad |antwoord|zeg |moet|negeer"),
    meeting(OVERRIDE, "vergeet", "alles ", "hiervoor|hierboven|verteld|gezegd|daarvoor"),
    # Swedish, Danish, Norwegian
    meeting(
        OVERRIDE,
        "ignorera*|glom |bortse fran|strunta i|folj inte|ignorer |glem |se bort fra",
        "tidigare|foregaende|ovanstaende|alla |dina |ovan|tidligere|foregaende|alle |dine |forrige",
        "instruktion|anvisning|prompt|regler|direktiv|instruks",
    ),
)
"""Rules for Germanic languages."""
