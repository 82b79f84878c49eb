"""Heads of every kind, put together at random: the groups are read exactly, or the document is refused."""

import random
import time
from collections.abc import Iterator

import pytest

from pointsman.adapters.parsers.dispatch import read_and_measure
from pointsman.core.corpus.access import OPEN, readers_of
from pointsman.core.corpus.statements.heads import unread_statements
from pointsman.core.corpus.statements.marks import LONGEST

BODY = "\n# Pay\n\nThe pay scale of the yard, in three columns.\n"
ABOVE = (
    "", "\ufeff", "\u200b", "\n", "\n\n \n", "\u2028", "\f", "<!-- lint -->\n", "<!-- lint -->", "<!--\nSPDX\n-->\n",
    "<!--\n" + "a line of a license\n" * 100 + "-->\n\n", "# Copyright 2026 the yard\n", "#!/usr/bin/env x\n", "// c\n",
    "/*\n * License\n */\n", "..\n   license text\n   more\n\n", ".. Copyright: me\n\n", "% a title\n% me\n",
    "{# c #}\n",
    "{{/* c */}}\n", "[//]: # (a comment)\n", "# Pay\n\n", "Pay\n===\n\n", "Pay\n---\n\n", "---\ntitle: x\n---\n",
    "---\ntitle: x\n---\n\n", "+++\ntitle = 'x'\n+++\n", "<?xml version='1.0'?>\n", "; c\n", "-- c\n", "---\n\n",
    "***\n\n",
    "Copyright the people of the yard. All rights reserved.\n\n", "{% comment %}\nc\n{% endcomment %}\n",
    "'''\nc\n'''\n",
    "[![badge](x)](y)\n\n", "<div align=center>\n\n", "{% raw %}\n", "Pay of the yard\n\n",
)  # fmt: skip
NAMES = (
    "access", "Access", "ACCESS", "acces", "acess", "accses", "axcess", "sccess", "accesss", "accesses",
    "access_groups",
    "accessTo", "access-groups", "allowed_access", "\u0430ccess", "\uff41\uff43\uff43\uff45\uff53\uff53",
    "ac\u200bcess",
    "access ", '"access"', "'access'", "**access**", "acce55", "Access Groups", "read-access",
)  # fmt: skip
VALUES = ("[staff]", "staff", "[staff, board]", "[]", "", "'staff'", "{read: staff}", "010", "~")
HEADS = (
    "---\n{k}: {v}\n---\n", "---\ntitle: x\n{k}: {v}\n---\n", "---\n{k}: {v}\n...\n", "---  \n{k}: {v}\n---\t\n",
    "  ---\n  {k}: {v}\n  ---\n", "-----\n{k}: {v}\n-----\n", "--\n{k}: {v}\n--\n", "---\n{k}: {v}\n",
    "---\nmeta:\n  {k}: {v}\n---\n", "---\nmeta: {{{k}: {v}}}\n---\n", "---\nmeta:\n- {k}: {v}\n---\n",
    "---\na: &a b\nc: *a\n{k}: {v}\n---\n", "---\n\t{k}: {v}\n---\n", "---\r\n{k}: {v}\r\n---\r\n",
    "---\r{k}: {v}\r---\r",
    "---\ntitle: a: b\n{k}: {v}\n---\n", "---\n{k} = {v}\n---\n", "---\n{k} {v}\n---\n", "---\n{k}:{v}x\n---\n",
    "+++\n{k} = {v}\n+++\n", ';;;\n{{"{k}": "{v}"}}\n;;;\n', '{{\n  "{k}": "{v}"\n}}\n',
    '{{"title": "x", "{k}": "{v}"}}\n',
    "title: Pay\n{k}: {v}\n\n", "{k}: {v}\n\n", "title: Pay\nauthor: me\n    and you\n{k}: {v}\n\n", ":{k}: {v}\n\n",
    "#+{k}: {v}\n\n", "<!-- {k}: {v} -->\n", "<!--\ntitle: x\n{k}: {v}\n-->\n", "<!--\n---\n{k}: {v}\n---\n-->\n",
    "#{k}: {v}\n", "// {k}: {v}\n", "```yaml\n{k}: {v}\n```\n", '<meta name="{k}" content="{v}">\n', "- {k}: {v}\n",
    "**{k}:** {v}\n\n", '{{: {k}="{v}"}}\n', "\u2014\u2014\u2014\n{k}: {v}\n\u2014\u2014\u2014\n",
)  # fmt: skip
RST_HEADS = (
    ".. {k}: {v}\n\n", ".. meta::\n   :{k}: {v}\n\n", ".. meta::\n\n   :description: x\n   :{k}: {v}\n\n",
    "Yard\n====\n\n  :{k}: {v}\n\n", ":title: x\n:{k}: {v}\n\n",
)  # fmt: skip
CASES = 6_000


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield (name of a document, its text, the value of its statement)."""
    draw = random.Random(14)
    for _ in range(CASES):
        head = draw.choice(HEADS + RST_HEADS)
        name = "pay.rst" if head in RST_HEADS else draw.choice(("pay.md", "pay.rst", "pay.txt"))
        key, value = draw.choice(NAMES), draw.choice(VALUES)
        said = head.format(k=key.strip('"') if '"{k}"' in head else key, v=value)
        yield name, draw.choice(ABOVE) + said + BODY, value


def expected(value: str) -> list[list[str]]:
    """Return what may be read of a value."""
    return [sorted(part.strip(" '") for part in value.strip("[]").split(",") if part.strip())]


def test_no_head_with_a_statement_is_open() -> None:
    wrong = []
    for name, text, value in cases():
        document, facts = read_and_measure(name, text.encode())
        if document is None or facts.access is not None:
            continue
        if readers_of(document.metadata) not in expected(value):
            wrong.append((name, text, readers_of(document.metadata)))
    assert not wrong, (len(wrong), wrong[:5])


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "# Access\n\naccess: see below. Access: by the gate.\n",
        "Access: by the north gate, every day.\n",
        "# Access: an overview\n\nWhat it is.\n",
        "# Gates\n\nEverybody may pass.\n\naccess: [staff]\n",
        "# Gates\n\nWrite this:\n\n```yaml\n---\naccess: [staff]\n---\n```\n",
        "# Gates\n\n## Remote access\n\nBy the gate.\n",
        "---\n\n# Gates\n\nOne.\n\n---\n\nTwo.\n",
        "[![access](x)](y)\n\n# Gates\n\nOne.\n",
        "<!-- The team gives access to the yard; ask them first. -->\n\n# Gates\n",
        "Copyright of the yard. Success: yes.\n\nOne.\n",
        ".. note::\n\n   The access to the yard is free.\n\nOne.\n",
        "=====\nGates\n=====\n\nOne.\n",
        "Note: the gate opens at six.\nSee: the plan.\n\nOne.\n",
    ],
)
def test_prose_code_and_titles_about_access_are_no_statement(text: str) -> None:
    for name in ("a.md", "a.rst", "a.txt"):
        document, facts = read_and_measure(name, text.encode())
        assert document is not None
        assert (facts.access, readers_of(document.metadata)) == (None, [OPEN])


@pytest.mark.parametrize(
    "text",
    [
        "Some words about the yard, and more.\n\n---\naccess: [staff]\n---\n\nText.\n",
        "Some words about the yard, and more.\n\n<!-- access: staff -->\n\nText.\n",
        "Access: only for members of the staff.\n\nText.\n",
        "---\ntitle: x\n# access: [staff]\n---\nText.\n",
        "---\nnote: |\n  access: staff\n---\nText.\n",
        "---\naccess: [staff, board]\n---\n---\naccess: [staff]\n---\nText.\n",
        "---\naccess: [staff]\naccess: [board]\n---\nText.\n",
        "---\naccess: [staff]\n---\n<!-- access: board -->\nText.\n",
        "---\ntags: [gate, access=staff]\n---\nText.\n",
        "---\nvisibility: private\n---\nText.\n",
        "---\nconfidential: true\n---\nText.\n",
        "---\n\\x61ccess: [staff\n---\nText.\n",
        "@access staff\n\nText.\n",
        "<access>staff</access>\n\nText.\n",
        "| access | staff |\n|---|---|\n\nText.\n",
    ],
)
def test_statements_in_unusual_places_refuse_a_document(text: str) -> None:
    document, facts = read_and_measure("a.md", text.encode())
    assert document is not None
    assert facts.access is not None
    assert facts.access.count("; ") >= 1, "it ends with the way out"


def test_a_document_is_refused_with_the_line_and_the_way_out() -> None:
    _, facts = read_and_measure("a.md", b"Title: Pay\nAccess: staff\n\n# Pay\n\nText.\n")
    assert facts.access == (
        "'Access: staff' may say who reads it, and is not read; "
        "write access: [a, b] once, in the metadata at the very top, or remove it"
    )


def test_a_head_is_read_up_to_its_limit_in_linear_time() -> None:
    comment = "a: b\n" * ((LONGEST - 20) // 5)
    assert list(unread_statements(f"{comment}access: staff\n", "access")) == ["access: staff"]
    begin = time.perf_counter()
    for part in (
        "=== x\n\n",
        "{ x\n<br>\n",
        "<!-- a\n",
        "~~~\nprose x\n~~~\n\n",
        ".. a\n   b\n",
        "*" * 80,
        "<a b='c' ",
    ):
        list(unread_statements(part * (5_000_000 // len(part)), "access", fields=True))
    assert time.perf_counter() - begin < 30


@pytest.mark.parametrize(
    "head",
    [
        "= Pay\n:access: staff", "Pay\naccess: staff", "+---+---+\n| access | staff |\n+---+---+", "# Access: staff",
        "ACCESS - staff", "Access \u2013 staff only",
        '{"title": "' + "x" * 5000 + '", "access": ["staff"]}', "{access:staff}",
        "{{access|staff}}", "<!-- -*- access: staff -*- -->", "access\uff1a[staff]", "---\n- access: [staff]\n---",
        '---\n"access: [staff]"\n---', "+++\n[params]\naccess = ['staff']\n+++", "---toml\naccess = 'staff'\n---",
        "> access: staff", "\taccess: staff", "Access:\n- staff", "access => staff", "$access: staff",
        "\\access{staff}",
        "---\nAccess Control:\n  read: [staff]\n---", "---\nsccess:\n---", "\u00a0---\naccess: [staff]\n---",
        ":::meta\naccess: staff\n:::", "export const access = ['staff']", "%% access: staff %%", "(access: staff)",
        "---\ntags: [access/staff]\n---",
    ],
)  # fmt: skip
def test_heads_of_other_tools_refuse_a_document(head: str) -> None:
    document, facts = read_and_measure("a.md", f"{head}\n\nThe pay of the yard.\n".encode())
    assert document is not None
    assert facts.access is not None
