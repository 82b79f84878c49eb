"""Account numbers of people are found by their check digits, and what merely looks like one is not."""

import random
import time
from collections.abc import Callable

import pytest
from stdnum import iban, luhn

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.validation.findings import AT_MOST
from pointsman.adapters.validation.pii import find_personal, is_card, personal_in
from pointsman.adapters.validation.sensitive.account_numbers import IBAN_STRUCTURES, PUBLISHED_NUMBERS

IBAN, CARD, AMEX = "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "3782-822463-10005"


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        (f"Pay to {IBAN} by Friday.", ["IBAN"]),
        (IBAN.replace(" ", ""), ["IBAN"]),
        (IBAN.replace(" ", "-"), ["IBAN"]),
        ("GB82 WEST 1234 5698 7654 32", ["IBAN"]),
        ("NO9386011117947 is ours", ["IBAN"]),
        (f"IBAN {IBAN} OF MARTA OKONJO", ["IBAN"]),
        (CARD, ["payment card"]),
        (AMEX, ["payment card"]),
        ("my Visa 4111111111111111", ["payment card"]),
        (f"{IBAN}, {CARD}", ["IBAN", "payment card"]),
    ],
)
def test_an_account_number_is_found_however_it_is_written(line: str, kinds: list[str]) -> None:
    assert find_personal(f"# Notes\n\n{line}\n") == [f"{kind} (line 3)" for kind in kinds]


def grouped(plain: str, size: int, gap: str) -> str:
    return gap.join(plain[at : at + size] for at in range(0, len(plain), size))


def ibans() -> list[str]:
    """Return a valid IBAN of every country, with random digits."""
    chance, made = random.Random(4), []
    for country, structure in IBAN_STRUCTURES.items():
        sizes = structure.replace("n", "n ").replace("a", "a ").replace("c", "c ").split()
        body = "".join(
            "".join(chance.choice("ABCDEFGH" if size[-1] == "a" else "0123456789") for _ in range(int(size[:-1])))
            for size in sizes
        )
        made.append(
            next(f"{country}{n:02}{body}" for n in range(2, 99) if iban.mod_97_10.is_valid(f"{body}{country}{n:02}"))
        )
    return made


GAPS = [
    "",
    " ",
    "  ",
    "-",
    ".",
    "/",
    "_",
    "\u00a0",
    "\u202f",
    "\u2009",
    "\u2013",
    "\u2011",
    "\u200b",
    "\u00ad",
    "\t",
    " | ",
    ", ",
]


@pytest.mark.parametrize("gap", GAPS)
def test_every_grouping_and_case_of_an_iban_is_found(gap: str) -> None:
    for plain in ibans():
        for size in (4, 2, 3, 5):
            assert find_personal(f"to {grouped(plain, size, gap)} now") == ["IBAN (line 1)"], (plain, size)
        assert find_personal(f"to {grouped(plain, 4, gap).lower()} now") == ["IBAN (line 1)"], plain


@pytest.mark.parametrize(
    "written",
    [
        f"IBAN:{IBAN}",
        f"({IBAN})",
        f"Konto{IBAN.replace(' ', '')}",
        f"iban={IBAN.replace(' ', '').lower()}",
        f"_{IBAN}_",
        "DE89 3704 0044\n0532 0130 00",
        "DE89 3704 0044\n    0532 0130 00",
        "| DE89 | 3704 | 0044 | 0532 | 0130 | 00 |",
        "|  DE89  |  3704  | 0044 | 0532 | 0130 | 00 |",
        f"{IBAN.replace(' ', '')}EUR",
        f"`{IBAN}`",
        f"\u201e{IBAN}\u201c",
        "".join(chr(ord(char) + 0xFEE0) if char != " " else char for char in IBAN),
        "D\u0415" + IBAN[2:],
        "DE89 3704 0044 0532 0130 \u0660\u0660",
        f"{IBAN}.",
        f"{IBAN},50 EUR",
        "DE 89 3704 0044 0532 0130 00",
    ],
)
def test_an_iban_is_found_whatever_stands_around_and_in_it(written: str) -> None:
    assert find_personal(f"To {written} at last.") == ["IBAN (line 1)"]


def cards() -> list[str]:
    """Return a valid number of every network and length."""
    prefixes = {
        "4": (13, 16, 19),
        "51": (16,),
        "2221": (16,),
        "2720": (16,),
        "34": (15,),
        "37": (15,),
        "300": (14,),
        "36": (14,),
        "38": (14,),
        "6011": (16, 19),
        "644": (16,),
        "65": (16,),
        "3528": (16,),
        "3589": (16,),
        "62": (16, 17, 19),
        "2200": (16,),
        "5018": (12, 13, 16, 19),
        "6304": (16, 19),
        "6759": (16,),
        "6763": (16,),
        "9792": (16,),
    }
    chance = random.Random(9)
    bodies = [
        p + "".join(chance.choice("0123456789") for _ in range(n - len(p) - 1))
        for p, of in prefixes.items()
        for n in of
    ]
    return [body + luhn.calc_check_digit(body) for body in bodies]


@pytest.mark.parametrize("gap", GAPS)
def test_every_network_length_and_grouping_of_a_card_is_found_beside_the_word(gap: str) -> None:
    for plain in cards():
        for size in (4, 2, 5):
            text = f"card {grouped(plain, size, gap)} of Marta"
            assert find_personal(text) == ["payment card (line 1)"], (plain, size)


def test_a_printed_card_needs_no_word() -> None:
    for plain in (each for each in cards() if len(each) == 16):
        for gap in ("", " ", "-", ".", "/", "\u00a0", "\u2013", "  "):
            assert find_personal(f"It is {grouped(plain, 4, gap)} now.") == ["payment card (line 1)"], plain
        halves = f"{grouped(plain[:8], 4, ' ')}\n{grouped(plain[8:], 4, ' ')}"
        assert find_personal(f"It is {halves} now.") == ["payment card (line 1)"]


def test_the_check_of_cards_is_that_of_the_standard() -> None:
    assert all(is_card(plain) == luhn.is_valid(plain) for n in range(500) if (plain := f"4111{n:012}"))
    assert not is_card("9111111111111111")


@pytest.mark.parametrize(
    "line",
    [
        IBAN.replace("89", "88"),
        "XX89 3704 0044 0532 0130 00",
        "4111 1111 1111 1112",
        "order 4111111111111111",
        "4111 11111111 1111",
        "1234 5678 9012 3452",
        "id 64111 1111 1111 11112",
        "AB12CD34EF56GH78",
        "+49 170 5550 187",
        "SHA256 8F14E45FCEEA167A5A36DEDD4BEA2543",
        "2026-11-23 10:00:00 4111",
        "",
        "0.4111111111111111",
        "4111111111111111.5",
        "https://x.com/status/4111111111111111",
        "id=4111111111111111",
        "37040044 0532013000",
        "a4111111111111111f",
        "3fDE89370400440532013000ab",
        "| 4111 | 1111 | 1111 | 1111 |",
    ],
)
def test_what_only_looks_like_one_is_not(line: str) -> None:
    assert find_personal(f"# Notes\n\n{line}\n") == []


def test_a_published_example_is_served_where_the_text_says_that_it_is_one() -> None:
    for number in sorted(PUBLISHED_NUMBERS):
        assert find_personal(f"The account or card of Jane is {number}.") != [], number
        assert find_personal(f"A test number, for example {number}.") == [], number
    assert find_personal("## Test cards\n\n| Visa | 4242 4242 4242 4242 |\n") == []
    assert find_personal("Zum Beispiel DE89 3704 0044 0532 0130 00.") == []
    assert find_personal(f"Mail jane@example.com about {IBAN}.") == ["IBAN (line 1)"]


def test_a_real_number_is_refused_beside_the_word_example_too() -> None:
    private = next(each for each in ibans() if each.startswith("DE"))
    assert find_personal(f"For example {private}.") == ["IBAN (line 1)"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("SSN: 536-90-4399", "US Social Security number"),
        ("Steuer-ID 36 574 261 809", "German tax id"),
        ("DNI 54362315K", "Spanish DNI"),
        ("NIE: X-2482300W", "Spanish NIE"),
        ("NHS number 943 476 5870", "UK NHS number"),
        ("NIR 2 95 10 99 126 111 93", "French social security number"),
        ("CPF: 390.533.447-05", "Brazilian CPF"),
        ("codice fiscale RCCMNL83S18D969H", "Italian codice fiscale"),
        ("BSN 1112.22.333", "Dutch BSN"),
        ("PESEL 44051401359", "Polish PESEL"),
        ("AHV 756.9217.0769.85", "Swiss AHV number"),
        ("National Insurance number QQ123456C", ""),
        ("National Insurance number AB123456C", "UK National Insurance number"),
        ("SSN 123-45-6789", ""),
        ("536-90-4399", ""),
        ("943 476 5870", ""),
        ("NHS number 943 476 5871", ""),
        ("classname 536904399", ""),
    ],
)
def test_an_identity_number_is_found_after_its_name_alone(line: str, kind: str) -> None:
    assert find_personal(f"# Notes\n\n{line}\n") == ([f"{kind} (line 3)"] if kind else [])


def test_the_number_itself_is_never_told() -> None:
    _, facts = parse_and_measure("a.md", f"# Fees\n\nThe fee goes to {IBAN}.\n".encode())
    assert facts["personal"].startswith("IBAN (line 3, fingerprint ")
    assert "3704" not in str({**facts, "personal": facts["personal"].split("fingerprint")[0]})
    assert parse_and_measure("a.md", b"# Fees\n\nThere is no fee at all.\n")[1]["personal"] is None


@pytest.mark.parametrize(
    "unit",
    [
        "4111 1111 1111 1112 ",
        "card 4 1 1 1 1 1 1 1 1 1 1 1 ",
        "DE89 ",
        "DE89 3704 0044 0532 0130 01 ",
        "ssn ",
        "4 ",
        "4 |",
    ],
)
def test_five_megabytes_of_numbers_take_no_longer_than_two_seconds(unit: str) -> None:
    text = unit * (5_000_000 // len(unit))
    assert seconds(lambda: [found for found, _ in zip(personal_in(text), range(AT_MOST), strict=False)]) < 5


def seconds(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began
