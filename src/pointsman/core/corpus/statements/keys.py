"""Tells whether a key may be meant as the name of the access statement: slips, look-alike letters, longer names."""

# ruff: noqa: RUF001 - a table of letters that look alike
import re
import unicodedata
from functools import lru_cache

LOOK_ALIKE = str.maketrans({
    letter: latin
    for latin, letters in {
        "a": "аɑαᴀ⍺Ꭺꓮаⲁӓӑ4@", "b": "ƅьвᏏᏴʙβꓐ", "c": "сϲᴄⲥᏟꓚⅽϹҫ¢", "d": "ԁɗꓒᎠ", "e": "еεєᴇℯ℮ⲉᎬꓰҽɛ3€",
        "f": "ϝꓝғ", "g": "ɡԍցᏀɢꓖ", "h": "һнհᎻʜꓧ", "i": "іıιɪⅰᎥꙇ!", "j": "јϳյᎫᴊꓙ", "k": "κкᏦᴋꓗ",
        "l": "ӏⅼḷʟᏞꓡ|1", "m": "мᴍⅿᎷꓟ", "n": "ոпηɴꓠ", "o": "оοօσᴏⲟ०ഠꓳ0", "p": "рρᴘⲣᏢꓑ", "q": "ԛգզ",
        "r": "гᴦʀⲅᎡꓣ", "s": "ѕꜱƽʂᏚꓢ$5ςʃ", "t": "тτᴛᎢꓔ", "u": "υսᴜꓴц", "v": "νѵᴠꓦᏙ", "w": "ԝωѡᴡᎳꓪ",
        "x": "хχⲭꓫ", "y": "уγүʏꓬᎩ", "z": "ᴢᏃꓜʐ",
    }.items()
    for letter in letters
})  # fmt: skip
"""Letters, digits and signs of other scripts that look like a letter of a-z, in lower case."""

OTHER_WORDS = frozenset(
    "accessed accede accent accents accept accepts accuse across actress abscess assess success excess "  # noqa: SIM905
    "recess process princess caches acres axes acts ages aches cases cress dress press".split()
)
"""English words that are near ``access`` and that mean something else."""

BESIDE = frozenset(
    "at code codes count counts date dates day days database free key keys last link log logs method methods mode "  # noqa: SIM905
    "modes month ms number on open path point points port speed summary sufficient time times token tokens uri url "
    "year".split()
)
"""Words that make another thing of ``access`` when they stand beside it: ``access_date``, ``accessMode``."""

AROUND = frozenset(
    "allow allowed by can control controlled controls content doc document documents file for granted group groups "  # noqa: SIM905
    "has is level levels limited list lists of only page permission permissions policy read reader readers restrict "
    "restricted restriction right rights role roles rule rules scope site tag tags team teams to type user users "
    "view viewer who".split()
)
"""Words that go with the name of the statement, also when they are written as one word with it: ``accessgroups``."""

SAME_MEANING = {
    "access": frozenset(
        "acl acls readers allowedreaders allowedgroups accessibleto accessibleby accessiblefor accessedby "  # noqa: SIM905
        "restrictedto visibleto zugriff "
        "zugriffsrechte akses toegang dostep доступ adgang tilgang".split()
    )
}
"""Whole keys that say the same as a name, in other words or another language."""

SURE_LENGTH = 6
"""Letters of a name from which two wrong ones still count as a slip; from 4 on one does, below none."""
SHORT_LENGTH = 4
LONGEST_KEY = 60
"""Characters of a key, at most; a longer one is a sentence."""

CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
LETTERS = re.compile(r"[^\W_]+")


def is_alike(key: str, name: str) -> bool:
    """Tell whether ``key`` is ``name`` in another spelling, or a slip, a longer or another word for it."""
    return len(key) <= LONGEST_KEY and _is_alike(key, name)


@lru_cache(maxsize=4096)
def _is_alike(key: str, name: str) -> bool:
    words, wanted = words_of(key), "".join(words_of(name))
    whole = "".join(words)
    if whole == wanted or whole in SAME_MEANING.get(wanted, ()):
        return bool(words)
    if not words or BESIDE & set(words):
        return False
    if len(words) > 1 and any(_is_slip(word, wanted, 1) or word in _plurals(wanted) for word in words):
        return True
    return whole in _plurals(wanted) or _is_longer(whole, wanted) or _is_slip(whole, wanted, _slips(wanted))


def words_of(key: str) -> tuple[str, ...]:
    """Return the words of a key in plain small letters: ``accessTo``, ``access_to`` and ``ACCESS-TO`` are the same."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", key) if unicodedata.category(c) != "Cf")
    apart = seen if seen.isupper() else CAMEL.sub(" ", seen)
    marked = unicodedata.normalize("NFKD", apart.casefold().translate(LOOK_ALIKE))
    plain = "".join(c for c in marked if not unicodedata.combining(c)).translate(LOOK_ALIKE)
    return tuple(LETTERS.findall(plain))


def _plurals(name: str) -> tuple[str, ...]:
    return (f"{name}s", f"{name}es", f"{name}en")


def _is_longer(word: str, name: str) -> bool:
    """Tell whether ``word`` is the name and a word that goes with it, written as one."""
    return (word.startswith(name) and word[len(name) :] in AROUND) or (
        word.endswith(name) and word[: -len(name)] in AROUND
    )


def _slips(name: str) -> int:
    """Return how many wrong letters still count as a slip of a name."""
    return 2 if len(name) >= SURE_LENGTH else 1 if len(name) >= SHORT_LENGTH else 0


def _is_slip(word: str, name: str, limit: int) -> bool:
    """Tell whether ``word`` is ``name`` with at most ``limit`` wrong letters, with doubled or swapped ones."""
    if word in OTHER_WORDS:
        return False
    if limit and len(name) >= SURE_LENGTH and (sorted(word) == sorted(name) or _once(word) == _once(name)):
        return True
    return distance(word, name, limit) <= limit


def _once(word: str) -> str:
    """Return a word with one letter for each run of the same letter."""
    return re.sub(r"(.)\1+", r"\1", word)


def distance(one: str, two: str, limit: int) -> int:
    """Return how many letters must be left out, put in, replaced or swapped with the next to make ``two`` of ``one``.

    That is the optimal string alignment distance. A result above ``limit`` is only known to be above it.
    """
    if abs(len(one) - len(two)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(two, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return row[-1]
