"""Account numbers of people are found by their check digits, and what merely looks like one is not."""

import pytest

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.validation.pii import find_personal

IBAN, CARD, AMEX = "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "3782-822463-10005"


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        (f"Pay to {IBAN} by Friday.", ["IBAN"]), (IBAN.replace(" ", ""), ["IBAN"]), (IBAN.replace(" ", "-"), ["IBAN"]),
        ("GB82 WEST 1234 5698 7654 32", ["IBAN"]), ("NO9386011117947 is ours", ["IBAN"]),
        (f"IBAN {IBAN} OF MARTA OKONJO", ["IBAN"]), (CARD, ["payment card"]), (AMEX, ["payment card"]),
        ("my Visa 4111111111111111", ["payment card"]), (f"{IBAN}, {CARD}", ["IBAN", "payment card"]),
    ],
)  # fmt: skip
def test_an_account_number_is_found_however_it_is_written(line: str, kinds: list[str]) -> None:
    assert find_personal(f"# Notes\n\n{line}\n") == [f"{kind} (line 3)" for kind in kinds]


@pytest.mark.parametrize(
    "line",
    [
        IBAN.replace("89", "88"), "XX89 3704 0044 0532 0130 00", "4111 1111 1111 1112", "order 4111111111111111",
        "4111 11111111 1111", "1234 5678 9012 3452", "id 64111 1111 1111 11112", "AB12CD34EF56GH78", "+49 170 5550 187",
        "SHA256 8F14E45FCEEA167A5A36DEDD4BEA2543", "2026-11-23 10:00:00 4111", "",
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_not(line: str) -> None:
    assert find_personal(f"# Notes\n\n{line}\n") == []


def test_the_number_itself_is_never_told() -> None:
    _, facts = parse_and_measure("a.md", f"# Fees\n\nThe fee goes to {IBAN}.\n".encode())
    assert facts["personal"] == "IBAN (line 3)"
    assert "3704" not in str(facts)
    assert parse_and_measure("a.md", b"# Fees\n\nThere is no fee at all.\n")[1]["personal"] is None
