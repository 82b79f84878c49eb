"""The language of a text: its script, and where several languages share the script its most frequent words."""

# ruff: noqa: RUF001 - other alphabets have letters that look like Latin ones

import re
from collections import Counter
from collections.abc import Mapping
from unicodedata import name

UNKNOWN = "?"
"""The language of a text that is too short, or is no prose."""
SAMPLE = 40_000
"""Characters of a text whose words are looked at: its beginning."""
WORD = re.compile(r"[^\W\d_]+")
FEWEST_LETTERS = 40
"""A text with fewer letters has no known language."""
FEWEST_WORDS = 40
"""A text with fewer words has no language within its script."""
FEWEST_FREQUENT = 5
"""Different frequent words that a text needs to be in a language: a list of names may repeat one or two."""
LEAST_SHARE = 0.08
"""Least share of a language's frequent words among all words; prose has 0.2 to 0.5, a list of names nearly none."""
LEAD = 1.25
"""A language needs this many times the frequent words of the next one."""

LATIN: Mapping[str, str] = {
    "en": "the of and to in is that for it with as are be this on not or by from have can you if an will which",
    "de": (
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden "
        "aus er hat dass sie nach wird bei einer um am sind noch wie einem über so zum kann nur oder"
    ),
    "fr": (
        "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec "
        "ou son cette vous être comme mais nous sa aux leur"
    ),
    "es": (
        "de la que el en y los se del las un por con no una su para es al lo como más o pero sus le ha si "
        "sin sobre este entre cuando muy también"
    ),
    "it": (
        "di e il la che in un per è una del non con le si da dei nel sono al della come più i alla delle "
        "anche lo gli questo ma ha essere o"
    ),
    "pt": (
        "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao das à seu sua ou "
        "quando muito também já está são pelo pela"
    ),
    "nl": (
        "de van het een en in is dat op te zijn met voor niet aan er om ook als dan maar bij uit nog door "
        "naar heeft ze hij worden werd over kan deze wordt"
    ),
    "sv": (
        "och i att det som en på är av för med till den har de inte om ett men var sig så från vi kan när "
        "nu eller hade ska också"
    ),
    "da": (
        "og i at det er en til på som for med den af de ikke der et har fra om var men sig kan vi nu skal "
        "også eller efter eller etter blev ble mig meg nu nå av når"
    ),
    "fi": (
        "ja on ei se että oli hän mutta ovat kun niin tai myös ole jos sen joka mukaan voi kuin vain sitä "
        "jotka tämä sekä nyt"
    ),
    "pl": (
        "w i na z się nie do to że jest o jak po za od ale co dla tym lub są przez być oraz może który już "
        "tak jego"
    ),
    "cs": (
        "a se v na je že o s z do i to pro za by ve jako po k od však aby jsou byl podle které tak být nebo "
        "při která jeho"
    ),
    "tr": (
        "ve bir bu için da de ile olarak daha çok olan gibi en ne kadar sonra veya ise o her var değil "
        "ancak olduğu içinde"
    ),
    "hu": "a az és hogy nem is egy van ez de meg csak volt mint már el be még vagy ha ki kell lehet azt minden amely",
    "ro": "de și în a la cu pe nu care din pentru că o un se mai este sau al ca prin fi ce dar sunt au fost această",
    "id": (
        "yang dan di dengan untuk pada dari dalam ini itu tidak adalah ke akan oleh atau juga dapat sebagai "
        "karena telah lebih bisa"
    ),
    "vi": "và của là có được cho không các trong với một những người đã để khi từ này đến ra như về tại theo",
}  # fmt: skip
CYRILLIC: Mapping[str, str] = {
    "ru": "и в не на что с по как это к из для у от за но так же он или бы при если его все только был можно то",
    "uk": "і в не на що з та як це до у для від за але так же він або при якщо його все тільки був можна є й про",
    "bg": "и в на не да се от за с по че е като са при или до към ще със това която който след но може между",
    "sr": "и у на је да се за од са као су не који или из до али то по што би код након није која",
}  # fmt: skip
ARABIC: Mapping[str, str] = {
    "ar": "في من على إلى أن هذا التي هذه عن مع أو لا ما كان الذي ذلك بين كل بعد هو هي إذا ثم قد",
    "fa": "و در به از که این را با است برای آن یک تا بر می خود شده ها هم نیز یا باید کرد شود",
    "ur": "کے کی میں ہے اور سے کا کو یہ پر نے کہ ہیں اس ایک تھا بھی نہیں تو جو ان",
}  # fmt: skip
WITHIN: Mapping[str, Mapping[str, frozenset[str]]] = {
    script: {language: frozenset(word for word in words.split() if len(word) > 1) for language, words in each.items()}
    for script, each in {"LATIN": LATIN, "CYRILLIC": CYRILLIC, "ARABIC": ARABIC}.items()
}
"""Script → language → its most frequent words; one letter is no word here, because lists and formulas have them too."""
ALONE: Mapping[str, str] = {"GREEK": "el", "HEBREW": "he", "HANGUL": "ko", "THAI": "th", "CJK": "zh", "HIRAGANA": "ja"}
"""Scripts that stand for one language here."""
KANA = ("HIRAGANA", "KATAKANA")
DENSE_SCRIPTS = frozenset({"CJK", "HANGUL", *KANA})
DENSE = 3
"""Latin letters that a character of these scripts stands for: a word has two of them instead of six."""
KANA_SHARE = 0.05
"""Least share of kana among kana and ideographs of a Japanese text."""


def language_of(counted: Mapping[str, int], prose: str) -> str:
    """Return the language of a text as a code of ISO 639 (``da`` for Danish or Norwegian), or ``?``.

    Where only the script is known it is its name in Unicode, such as ``DEVANAGARI``.

    Args:
        counted: character → how often it is in ``prose``.
        prose: the text without code.
    """
    scripts = _scripts(counted)
    if sum(scripts.values()) < FEWEST_LETTERS:
        return UNKNOWN
    script = max(scripts, key=lambda each: (scripts[each], each))
    if script in (*KANA, "CJK"):
        kana = sum(scripts[each] for each in KANA)
        return "ja" if kana > KANA_SHARE * (kana + scripts["CJK"]) else "zh"
    if script in WITHIN:
        return _by_words(WITHIN[script], prose)
    return ALONE.get(script, script)


def _scripts(counted: Mapping[str, int]) -> Counter[str]:
    """Return script → number of letters in it; a letter of a script with short words counts as several."""
    found: Counter[str] = Counter()
    for character, times in counted.items():
        if character.isalpha():
            script = "LATIN" if character.isascii() else name(character, UNKNOWN).partition(" ")[0]
            found[script] += times * (DENSE if script in DENSE_SCRIPTS else 1)
    return found


def _by_words(languages: Mapping[str, frozenset[str]], prose: str) -> str:
    """Return the language that has by far the most frequent words in a text, or ``?``."""
    words = Counter(WORD.findall(prose[:SAMPLE].casefold()))
    total = words.total()
    if total < FEWEST_WORDS:
        return UNKNOWN
    scores = {language: sum(words[word] for word in frequent) for language, frequent in languages.items()}
    first, second = sorted(scores, key=lambda each: (-scores[each], each))[:2]
    varied = len(words.keys() & languages[first]) >= FEWEST_FREQUENT
    clear = scores[first] >= LEAST_SHARE * total and scores[first] >= LEAD * scores[second]
    return first if clear and varied else UNKNOWN
