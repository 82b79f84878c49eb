"""Accidents of a document store, each as a function of one document's bytes. The same seed damages in the same way."""

import base64
import random
import re
from collections.abc import Callable, Sequence

Damage = Callable[[str, bytes, random.Random], bytes | None]
"""From a document's id, its bytes and a source of chance: its new bytes, None where it is gone."""

WORD = re.compile(r"[A-Za-z]{2,}")
NUMBER = re.compile(r"\d")
GERMAN: Sequence[str] = (
    "Der Zug fährt heute von Gleis drei ab und kommt eine Stunde später an.",
    "Wer eine Karte kaufen will, geht an den Schalter oder zum Automaten neben der Tür.",
    "Die Werkstatt prüft jede Woche die Bremsen, die Türen und das Licht der Wagen.",
    "Für Fahrräder gibt es einen eigenen Platz, der aber vorher bestellt werden muss.",
    "Nach dem Umbau des Bahnhofs ist der Weg zu den Bussen kürzer als vorher.",
    "Es gilt der Fahrplan, der an diesem Tag am Eingang hängt, und nicht der alte.",
    "Im Winter wird die Strecke über den Pass nur am Morgen und am Abend befahren.",
    "Kinder unter sechs Jahren fahren mit, ohne dass man für sie bezahlen muss.",
    "Wenn ein Zug ausfällt, bringt ein Bus die Reisenden bis zur nächsten Stadt.",
    "Das Büro ist von Montag bis Freitag offen und am Samstag bis zum Mittag.",
)


def mojibake(_id: str, raw: bytes, _draw: random.Random) -> bytes:
    """Read the text as Windows-1252 and write it again; word processors put signs beyond ASCII into every text."""
    return _curly(raw.decode("utf-8", "replace")).encode().decode("cp1252", "replace").encode()


def lost_letters(_id: str, raw: bytes, _draw: random.Random) -> bytes:
    """Write the text in a character set that has no accents, dashes or curly quotes."""
    return _curly(raw.decode("utf-8", "replace")).encode("ascii", "replace")


def _curly(text: str) -> str:
    """Return a text with typographic apostrophes and dashes, as word processors write them."""
    return re.sub(r"(?<=[a-z])'(?=[a-z])", "\u2019", text).replace(" -- ", " \u2013 ").replace(" - ", " \u2013 ")


def cut_to_half(_id: str, raw: bytes, _draw: random.Random) -> bytes:
    """Keep the first half, to the end of a line."""
    kept = raw[: len(raw) // 2]
    return kept[: kept.rfind(b"\n") + 1] or kept


def beginnings_only(_id: str, raw: bytes, _draw: random.Random) -> bytes:
    """Keep the first 40 characters of each paragraph."""
    parts = raw.decode("utf-8", "replace").split("\n\n")
    return "\n\n".join(part.strip("\n").split("\n", 1)[0][:40] for part in parts).encode() + b"\n"


def emptied_tables(_id: str, raw: bytes, _draw: random.Random) -> bytes:
    """Lose code, lists and tables: every line that is indented, in a fence, or begins with a mark."""
    text = re.sub(r"(?ms)^(```+|~~~+).*?^\1", "", raw.decode("utf-8", "replace"))
    return "\n".join(line for line in text.split("\n") if not line.startswith((" ", "\t", *"|=+-*"))).encode()


def no_digits(_id: str, raw: bytes, _draw: random.Random) -> bytes:
    """Lose every digit."""
    return NUMBER.sub("", raw.decode("utf-8", "replace")).encode()


def sign_in_page(_id: str, _raw: bytes, _draw: random.Random) -> bytes:
    """Get the same sign-in page for every address."""
    return (
        b"# Sign in\n\nYour session has expired. Please sign in to continue.\n\nUser name\n\nPassword\n\n"
        b"Keep me signed in\n\nForgot your password?\n\nThis site is for members of the company and its guests only. "
        b"What you do here may be recorded for your safety and ours.\n"
    )


def sign_in_page_that_names_the_way_back(id_: str, _raw: bytes, draw: random.Random) -> bytes:
    """Get a sign-in page that is another text for every address."""
    return (
        f"# Sign in\n\nYour session has expired. Sign in with your company account to go on to {id_}.\n\n"
        f"Keep me signed in\n\nForgot your password?\n\nRequest {draw.getrandbits(64):x}.\n"
    ).encode()


def error_page(_id: str, _raw: bytes, draw: random.Random) -> bytes:
    """Get an error of the server with a number of its own."""
    said = "The server is temporarily unable to answer. Please try again later."
    return f"# 502 Bad Gateway\n\n{said}\n\nRequest id: {draw.getrandbits(64):x}\n".encode()


def cookie_page(_id: str, _raw: bytes, _draw: random.Random) -> bytes:
    """Get a request for consent."""
    return (
        b'# We value your privacy\n\nWe use cookies and similar techniques to show you this page. By clicking "Accept '
        b'all" you agree to the storing of cookies on your device.\n\nAccept all\n\nReject all\n\nManage preferences\n'
    )


def other_words(_id: str, raw: bytes, draw: random.Random) -> bytes:
    """Have every word replaced by another one; length, headings and layout stay."""
    text = raw.decode("utf-8", "replace")
    vocabulary = sorted(set(WORD.findall(text))) or ["word"]
    return WORD.sub(lambda _: draw.choice(vocabulary) + "ish", text).encode()


def other_language(_id: str, raw: bytes, draw: random.Random) -> bytes:
    """Get a German text of the same length."""
    wanted, parts = len(raw), ["# Seite"]
    while sum(map(len, parts)) < wanted:
        parts.append(" ".join(draw.sample(GERMAN, 4)))
    return "\n\n".join(parts).encode()


def encrypted(_id: str, raw: bytes, draw: random.Random) -> bytes:
    """Be encrypted and written as letters."""
    return b"\n".join(base64.encodebytes(draw.randbytes(min(len(raw), 60_000) * 3 // 4)).split())


def removed(_id: str, _raw: bytes, _draw: random.Random) -> None:
    """Be gone."""


ACCIDENTS: Sequence[Damage] = (
    mojibake, lost_letters, cut_to_half, beginnings_only, emptied_tables, no_digits, sign_in_page,
    sign_in_page_that_names_the_way_back, error_page, cookie_page, other_words, other_language, encrypted, removed,
)  # fmt: skip
