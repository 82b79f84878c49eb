"""Finds identity numbers that states give to people: by their check digits (python-stdnum), after their name alone.

Ten or eleven digits that pass a check by chance are frequent in documentation, so a number counts only on the line of
one of its names ("Steuer-ID", "NHS number") and after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

REACH = 40
"""Characters between the name of a number and the number, at most."""


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """One kind of number."""

    kind: str
    """What it is called in a reason."""
    module: str
    """Module of ``stdnum`` that checks it; empty where the number has no check digit."""
    names: tuple[str, ...]
    """What it is called in a text, in lower case."""
    pattern: str
    """Regular expression of the number, in lower case."""


NUMBERS = (
    IdentityNumber(
        "US Social Security number",
        "us.ssn",
        ("ssn", "social security number", "social security no"),
        r"[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}",
    ),
    IdentityNumber(
        "German tax id",
        "de.idnr",
        ("steuer-id", "steuerid", "steueridentifikationsnummer", "idnr", "tax id"),
        r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
    ),
    IdentityNumber("Spanish DNI", "es.dni", ("dni", "nif"), r"[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}[- ]?[a-z]"),
    IdentityNumber("Spanish NIE", "es.nie", ("nie", "nif"), r"[xyz][- ]?[0-9]{7}[- ]?[a-z]"),
    IdentityNumber(
        "French social security number",
        "fr.nir",
        ("nir", "sécurité sociale", "securite sociale", "insee"),
        r"[12] ?[0-9]{2} ?[0-9]{2} ?[0-9][0-9ab] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
    ),
    IdentityNumber("UK NHS number", "gb.nhs", ("nhs",), r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{4}"),
    IdentityNumber(
        "UK National Insurance number",
        "",
        ("national insurance", "nino", "ni number"),
        r"[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[a-d]",
    ),
    IdentityNumber(
        "Italian codice fiscale",
        "it.codicefiscale",
        ("codice fiscale", "cf", "c.f."),
        r"[a-z]{6} ?[0-9]{2}[a-z] ?[0-9]{2} ?[a-z][0-9]{3}[a-z]",
    ),
    IdentityNumber("Dutch BSN", "nl.bsn", ("bsn", "burgerservicenummer"), r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}"),
    IdentityNumber(
        "Belgian national number",
        "be.nn",
        ("rijksregisternummer", "registre national", "national number"),
        r"[0-9]{2}\.?[0-9]{2}\.?[0-9]{2}[- ]?[0-9]{3}[. ]?[0-9]{2}",
    ),
    IdentityNumber("Polish PESEL", "pl.pesel", ("pesel",), r"[0-9]{11}"),
    IdentityNumber(
        "Swedish personal number", "se.personnummer", ("personnummer",), r"(?:[0-9]{2})?[0-9]{6}[-+ ]?[0-9]{4}"
    ),
    IdentityNumber("Finnish personal code", "fi.hetu", ("henkilötunnus", "hetu"), r"[0-9]{6}[-+a][0-9]{3}[0-9a-z]"),
    IdentityNumber(
        "Swiss AHV number",
        "ch.ssn",
        ("ahv", "ahv-nummer", "avs", "sozialversicherungsnummer"),
        r"756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}",
    ),
    IdentityNumber("Brazilian CPF", "br.cpf", ("cpf",), r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}"),
    IdentityNumber("Canadian SIN", "ca.sin", ("sin", "social insurance number"), r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{3}"),
    IdentityNumber("Indian Aadhaar", "in_.aadhaar", ("aadhaar",), r"[2-9][0-9]{3} ?[0-9]{4} ?[0-9]{4}"),
    IdentityNumber("Chinese identity number", "cn.ric", ("身份证", "identity card", "citizen id"), r"[0-9]{17}[0-9x]"),
)
"""The kinds that are looked for."""

INVENTED = frozenset({"123456789", "078051120", "219099999", "987654321", "111111111", "999999999"})
"""Social security numbers that are known as examples."""


def identity_numbers_in(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (kind, number without separators, offset) of every identity number in a folded text."""
    lowered = text.lower()
    for number in NUMBERS:
        for name in number.names:
            yield from _named(number, name, lowered)


def _named(number: IdentityNumber, name: str, lowered: str) -> Iterator[tuple[str, str, int]]:
    at = lowered.find(name)
    while at >= 0:
        found = _expression(name, number.pattern).match(lowered, at)
        plain = re.sub(r"[^a-z0-9]", "", found["value"]).upper() if found else ""
        if found and plain not in INVENTED and _is_valid(number.module, plain):
            yield number.kind, plain, found.start("value")
        at = lowered.find(name, at + 1)


@cache
def _expression(name: str, pattern: str) -> re.Pattern[str]:
    """Return the expression for a name, up to ``REACH`` other characters, and the number."""
    between = rf"[^\n0-9]{{0,{REACH}}}+" if pattern[:2] in {"[0", "[1", "[2", "75", "(?"} else rf"[^\n]{{0,{REACH}}}?"
    return re.compile(
        rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9]){between}(?<![a-z0-9])(?P<value>{pattern})(?![a-z0-9])"
    )


def _is_valid(module: str, plain: str) -> bool:
    return not module or bool(import_module(f"stdnum.{module}").is_valid(plain))
