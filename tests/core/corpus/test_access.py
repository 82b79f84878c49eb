"""Who may see a document; a slip of the pen never publishes it."""

import pytest

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.core.corpus.access import OPEN, readers_of
from pointsman.core.errors import UsageError
from pointsman.core.index.filters import FACT_LENGTH, Filter

BODY = "\n# Pay\n\nThe pay scale of the yard, in three columns.\n"


def problem(text: str, name: str = "pay.md") -> str | None:
    document, facts = parse_and_measure(name, text.encode())
    assert document is not None
    said: str | None = facts["access"]
    return said


@pytest.mark.parametrize(
    ("head", "readers"),
    [
        ("", [OPEN]),
        ("---\ntitle: Pay\n---\n", [OPEN]),
        ("---\naccess: [staff, board]\n---\n", ["board", "staff"]),
        ("---\naccess: staff\n---\n", ["staff"]),
        ("---\naccess:\n  - staff\n  - night crew\n---\n", ["night crew", "staff"]),
        ("---\naccess: []\n---\n", []),
        ('---\n"access": ["it:admins", a@b.org]\n---\n', ["a@b.org", "it:admins"]),
        ("---\n{access: [staff], title: x}\n---\n", ["staff"]),
        ("---\ntitle: x\naccessed: 2026-01-01\nexcess: 100\nsuccess: yes\n---\n", [OPEN]),
        ("---\ntitle: how to get access to the yard\n---\n", [OPEN]),
        ('---\ntitle: "Getting access: a guide"\n---\n', [OPEN]),
    ],
)
def test_well_written_tags_are_read(head: str, readers: list[str]) -> None:
    document, facts = parse_and_measure("pay.md", (head + BODY).encode())
    assert document is not None
    assert facts["access"] is None
    assert readers_of(document.metadata) == readers


@pytest.mark.parametrize(
    "head",
    [
        "---\naccess:\n---\n",
        "---\naccess: null\n---\n",
        "---\naccess: ~\n---\n",
        "---\naccess: ''\n---\n",
        "---\naccess: staff, board\n---\n",
        "---\naccess: [staff, '*']\n---\n",
        "---\naccess: '*'\n---\n",
        "---\naccess: [null]\n---\n",
        "---\naccess: {read: staff}\n---\n",
        "---\naccess: [[staff]]\n---\n",
        "---\naccess: [staff\n---\n",
        "---\naccess: staff]\ntitle: a: b\n---\n",
        "---\ntitle: x\n  access: [staff]\n---\n",
        "---\nmeta:\n  access: [staff]\n---\n",
        "---\nAccess: [staff]\n---\n",
        "---\nacess: [staff]\n---\n",
        "---\naccesss: [staff]\n---\n",
        '---\n"access ": [staff]\n---\n',
        "---\naccess = [staff]\n---\n",
        "---\naccess: [staff]\naccess: [all]\n---\n",
        "---\naccess: [staff]\n",
        "\n---\naccess: [staff]\n---\n",
        "----\naccess: [staff]\n----\n",
        "+++\naccess = ['staff']\n+++\n",
        "access: [staff]\n",
        "<!--\naccess: [staff]\n-->\n",
        "---\naccess: &a [staff]\nother: *a\n---\n",
        "---\n{access: [staff}\n---\n",
        "---\n{title: x, access: [staff}\n---\n",
        "---\ngroups:\n  - access: staff\n---\n",
        "---\r\naccess: [staff\r\n---\r\n",
        "---\raccess: [staff\r---\r",
        "\ufeff---\naccess:\n---\n",
    ],
)
def test_a_slip_in_the_access_tags_is_refused_and_not_published(head: str) -> None:
    assert problem(head + BODY), head


def test_a_field_list_of_restructured_text_follows_the_same_rules() -> None:
    body = "\nThe pay scale of the yard, in three columns.\n"
    assert problem(":access: staff, board\n" + body, "pay.rst") is None
    assert problem(":access:\n" + body, "pay.rst"), "nothing is neither everybody nor nobody"
    assert problem(":access: []\n" + body, "pay.rst") is None, "an empty list: nobody"
    assert problem(":acess: staff\n" + body, "pay.rst")
    assert problem("Pay\n===\n\n:access: staff\n" + body, "pay.rst") is None
    assert problem("Pay\n===\n\nFor the staff alone.\n\n:access: staff\n" + body, "pay.rst"), "no longer at the top"
    assert problem("Pay\n===\n\n:Access: staff\n" + body, "pay.rst") is None, "field names have no case"


def test_prose_about_access_is_no_tag() -> None:
    assert problem("# Access\n\naccess: see below. Access: by the gate.\n") is None
    assert problem("Access: by the north gate, every day.\n", "pay.txt") is None


def test_a_group_and_a_condition_are_taken_up_to_their_limits() -> None:
    assert Filter(frozenset({"g" * 128})).groups
    assert Filter.of(["a"], ["key= value=more "]).where == (("key", "value=more"),)
    assert Filter((frozenset()), (("k", "v" * FACT_LENGTH),)).facts
    for groups, where in [(["g" * 129], []), ([""], []), (["*"], []), (["a,b"], []), ([], ["key"]), ([], ["=v"])]:
        with pytest.raises(UsageError):
            Filter.of(groups, where)
    with pytest.raises(UsageError, match=str(FACT_LENGTH)):
        Filter((frozenset()), (("k", "v" * (FACT_LENGTH + 1)),))
