"""Metadata under another name that limit who reads a document refuse it; the same names in other senses do not."""

from typing import Any

import pytest

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.core.corpus.access import OPEN, readers_of

BODY = "\n# Salaries\n\nThe salary of Jane is 90,000 euro a year now.\n"


def problem(name: str, text: str) -> str | None:
    document, facts = parse_and_measure(name, text.encode())
    assert document is not None
    assert facts["access"] or readers_of(document.metadata) == [OPEN]
    said: str | None = facts["access"]
    return said


@pytest.mark.parametrize(
    "line",
    [
        "roles: [staff]", "Roles: [hr]", "roles: editor, hr", "groups: [board]", "groups: finance", "allowed: [hr]",
        "allowed_roles: [hr]", "allowedUsers: jane", "permissions: [staff]", "permissions:\n  read: [hr]",
        "viewers: [hr]", "shared_with: hr", "limit_to: hr", "only_for: [hr]", "authorized_groups: [x]",
        "audience: internal", "audience: [staff]", "visibility: private", "classification: Confidential",
        "sensitivity: restricted", "group: staff", "role: admin", "read: [staff]", "privacy: private",
        "confidential: true", "internal: yes", "members_only: true", "owner_only: on",
        "protected: true",
    ],
)  # fmt: skip
def test_a_key_that_limits_readers_under_another_name_refuses_its_document(line: str) -> None:
    assert "who reads it" in (problem("a.md", f"---\n{line}\n---{BODY}") or "")
    assert problem("a.md", f"---\ntitle: x\n{line}\n---{BODY}")


@pytest.mark.parametrize(
    "line",
    [
        "roles: [maintainer, speaker]", "role: Developer", "roles: all", "groups: all", "groups: []",
        "permissions: public", "group: navigation", "group: Operate", "audience: developers", "audience: everyone",
        "audience: [developer, administrator]", "visibility: public", "visibility: hidden", "private: false",
        "internal: no", "draft: true", "authors: [staff]", "authors:\n- name: x\n  roles: [staff]",
        "categories: [internal, security]", "tags: [roles, groups]", "description: 'Roles: what they are'",
        "layout: private", "users: 10", "team: platform", "reviewers: [jane]", "read: 5 min", "type: access",
        "slug: /roles", "permalink: /access/",
    ],
)  # fmt: skip
def test_the_same_names_in_another_sense_do_not(line: str) -> None:
    assert problem("a.md", f"---\n{line}\n---{BODY}") is None


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.md", '+++\nroles = ["staff"]\n+++\n'), ("a.md", '+++\nvisibility = "private"\n+++\n'),
        ("a.md", '{\n  "title": "x",\n  "groups": ["board"]\n}\n'), ("a.md", "Title: x\nVisibility: private\n"),
        ("a.md", "Roles: staff\n"), ("a.rst", ":roles: staff\n\n"), ("a.rst", ":audience: internal\n\n"),
        ("a.txt", "---\ngroups: [hr]\n---\n"),
    ],
)  # fmt: skip
def test_they_are_found_in_every_kind_of_head(name: str, head: str) -> None:
    assert problem(name, head + BODY)


@pytest.mark.parametrize(
    "head",
    [
        "Audience: developers who know the board well.\n", "Permission is granted to all of the staff.\n",
        "Role: the yard's gate keeper, and more.\n", "Team: we are the staff.\n",
    ],
)  # fmt: skip
def test_a_sentence_that_begins_so_is_prose(head: str) -> None:
    assert problem("a.md", head + BODY) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "**Access**\n\n- staff\n- board\n" + BODY), ("a.md", "## Access\n\n- staff\n" + BODY),
        ("a.md", "# Pay\n\n## Access\n\n* staff\n* night crew\n\nThe salary.\n"),
        ("a.md", "Access\n------\n\n- hr\n" + BODY),
        ("a.md", "**Access:**\n\n- staff\n" + BODY), ("a.md", "## Access\n\nstaff only\n" + BODY),
        ("a.md", "**Access groups**\n\n1. staff\n2. board\n" + BODY), ("a.md", "**Readers**\n\n- hr\n" + BODY),
        ("a.rst", "Access\n======\n\n* staff\n* board\n\nPay\n===\n\nThe salary.\n"),
        ("a.html", "<h2>Access</h2><ul><li>staff</li><li>board</li></ul><h1>Pay</h1><p>The salary of Jane.</p>"),
    ],
)  # fmt: skip
def test_a_title_over_names_of_groups_at_the_head_is_a_statement_that_is_not_read(name: str, text: str) -> None:
    assert problem(name, text)


@pytest.mark.parametrize(
    "text",
    [
        "# Pay\n\n## Access\n\n- [by road](x)\n- [by rail](y)\n\nText.\n",
        "# Pay\n\n## Access\n\n- Enter through the north gate.\n- Then turn left.\n\nText.\n",
        "# Pay\n\n## Access\n\n- the gate in the north of the yard\n\nText.\n",
        "# Access\n\nHow you get access to the yard.\n",
        "# Pay\n\nSome prose stands here first.\n\n## Access\n\n- staff\n- board\n", "# Access\n\n## Gates\n\n- one\n",
        "# Access\n\nThe staff.\n", "# Success\n\n- staff\n",
    ],
)  # fmt: skip
def test_a_section_about_access_is_none(text: str) -> None:
    assert problem("a.md", text) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", f"---\naccess: [hr]\nroles: [staff]\naudience: internal\n---{BODY}"),
        ("a.md", f"---\naccess: [hr]\n---\nVisibility: private\n{BODY}"),
        ("a.html", "<meta name=access content=hr><meta name=audience content=internal><p>The salary of Jane.</p>"),
    ],
)
def test_a_document_with_a_statement_may_have_them(name: str, text: str) -> None:
    document, facts = parse_and_measure(name, text.encode())
    assert document is not None
    assert facts["access"] is None
    assert readers_of(document.metadata) == ["hr"]


def test_properties_of_pdf_and_docx_are_judged_alike() -> None:
    from tests.adapters.parsers.office_files import docx, pdf

    def change(made: Any) -> None:
        made.core_properties.category = "audience: internal"

    assert parse_and_measure("a.pdf", pdf("The salary.", Classification="Confidential"))[1]["access"]
    assert parse_and_measure("a.pdf", pdf("The salary.", Classification="Public"))[1]["access"] is None
    assert (
        parse_and_measure("a.pdf", pdf("The salary.", Classification="Confidential", Access="hr"))[1]["access"] is None
    )
    assert parse_and_measure("a.docx", docx(change))[1]["access"]
