"""New pages for the family *topics*: plain English, German, and an invented trade language."""

from random import Random

from bench.scenarios.world import Question

KITCHEN = {
    "house/coffee.md": (
        "# The coffee machine\n\nThe machine is switched on at seven by whoever comes first. It is descaled on the "
        "first Monday of each month, and the filter is changed then.\n\n## When it leaks\n\nClose the tap below "
        "the sink and write to the house office. Do not open the case: the boiler stays hot for an hour.\n"
    ),
    "house/fridge.md": (
        "# The fridge\n\nThe fridge is kept at 6 degrees. Put your name and the date on everything that you leave in "
        "it; food without a date is thrown away on Friday, and all food after 5 days.\n\n## Milk\n\nMilk is bought by "
        "the house office. The last carton is never to be taken without a note on the list at the door.\n"
    ),
    "house/dishes.md": (
        "# Dishes\n\nThe dishwasher runs twice a day, at noon and in the evening. It is emptied by the last to leave "
        "the lunch table.\n\n## Glasses\n\nGlasses with a gold rim are washed by hand and dried at once.\n"
    ),
}

GERMAN = {
    "de/fahrschule.md": (
        "# Fahrschule am Simulator\n\nEine Fahrstunde dauert 45 Minuten. Zwischen zwei Fahrstunden liegt eine Pause "
        "von 20 Minuten, damit die Ausbilder das Protokoll besprechen können.\n\n## Prüfung\n\nZur Prüfung wird "
        "zugelassen, wer acht Fahrstunden ohne schweren Fehler hinter sich hat.\n"
    ),
    "de/werkstatt.md": (
        "# Die Werkstatt\n\nFür die Werkstatt gibt es drei Schlüssel. Abschließen darf nur der Werkstattleiter; alle "
        "anderen melden sich beim Verlassen bei ihm ab.\n\n## Werkzeug\n\nWerkzeug wird abends gezählt. Fehlt ein "
        "Stück, bleibt die Werkstatt am nächsten Tag geschlossen.\n"
    ),
    "de/stoerung.md": (
        "# Störungen melden\n\nJede Störung wird am selben Tag bis 18 Uhr gemeldet, schriftlich und mit der Nummer der "
        "Weiche oder des Signals.\n\n## Nachts\n\nNachts nimmt der Bereitschaftsdienst die Meldung am Telefon auf und "
        "trägt sie am Morgen nach.\n"
    ),
}


def _page(title: str, text: str) -> str:
    return f"{title}\n{'=' * len(title)}\n\n{text}\n"


TELEMETRY = {
    "traces.rst": _page("Traces", "Every request leaves a trace with one span for each call of another service. "
                        "Traces are kept for 21 days and are then removed; those of an incident are kept for a year."),
    "collector.rst": _page("The collector", "Services send what they observe to a collector on their own machine. It "
                           "listens on port 4327 and passes everything on in batches of at most 512 kilobytes."),
    "budget.rst": _page("Error budget", "A service may fail for 43 minutes a month. When this budget is spent, the "
                        "release captain is paged and no release leaves the house until the next month begins."),
    "dashboards.rst": _page("Dashboards", "A dashboard shows at most nine panels. All dashboards are reviewed every "
                            "quarter; one that nobody opened since the last review is deleted."),
    "sampling.rst": _page("Sampling", "By day one trace in ten is kept. At night the share falls to 2 percent, because "
                          "the nightly jobs make a great many spans that nobody reads."),
    "metrics.rst": _page("Metrics", "Latencies are exported in milliseconds, sizes in bytes, and shares between 0 and "
                         "1. A metric without a unit in its name is refused by the collector."),
    "oncall.rst": _page("On call", "A shift lasts a week and begins on Wednesday at ten. The person on call hands over "
                        "in writing, with every alarm of the week and what was done about it."),
    "drills.rst": _page("Drills", "Twice a year a machine is switched off without notice. The time until the last "
                        "alarm is answered is noted, and a drill of over 30 minutes is repeated within the month."),
}  # fmt: skip

ONSETS, VOWELS, CODAS = (
    ("dr", "kv", "pl", "sk", "thr", "zw", "gl", "br", "vr", "kn"),
    "aeiou",
    ("lm", "rk", "x", "nd", "sp"),
)


def word(rng: Random) -> str:
    """Return an invented word of two syllables."""
    return "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(2)) + rng.choice(CODAS)


def trade_language(rng: Random, pages: int) -> tuple[dict[str, str], tuple[Question, ...]]:
    """Return pages about invented devices, and questions that use their slang names in other forms.

    The official name stands in the heading and the slang name once in the text; a question has only the slang name and
    an inflected verb, so that neither the spelling nor general English leads to the page.
    """
    found: dict[str, str] = {}
    questions: list[Question] = []
    for number in range(pages):
        name, slang, verb, part, place = (word(rng) for _ in range(5))
        hours, grams = rng.randrange(12, 96), rng.randrange(100, 900)
        document = f"devices/{name}.md"
        found[document] = (
            f"# {name.title()}\n\nA {name}, which the crews call a {slang}, is {verb}ed every {hours} hours. Its "
            f"{part} is taken out and laid on the {place}.\n\n## The {part}\n\nThe {part} of a {name} holds {grams} "
            f"grams of {verb} paste. One that is empty stops the {name} at once, and the panel shows DV-{number}.\n"
        )
        questions += (
            Question(f"jargon-{number}a", f"When do {slang}s get {verb}ing?", (document,), (f"{hours} hours",), (),
                     str(hours)),
            Question(f"jargon-{number}b", f"How heavy is the filling of the {slang}'s {part}s?", (document,),
                     (f"{grams} grams",), (), str(grams)),
        )  # fmt: skip
    return found, tuple(questions)
