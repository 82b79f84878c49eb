"""Comments and tags of Markdown, found in one pass."""

import pytest

from pointsman.adapters.parsers.inline_html import without_comments, without_tags


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a <!-- b --> c", "a   c"),
        ("`<!-- b -->` c", "`<!-- b -->` c"),
        ("``a ` <!-- b --> ``", "``a ` <!-- b --> ``"),
        ("`a `` <!-- b --> c", "`a ``   c"),
        ("a <!-- b", "a <!-- b"),
        ("a <!-- b --> <!-- c", "a   <!-- c"),
        ("` <!-- ` --> c", "` <!-- ` --> c"),
        ("no comment ` at all", "no comment ` at all"),
    ],
)
def test_a_comment_is_left_out_except_in_a_code_span(text: str, left: str) -> None:
    assert without_comments(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a <b>c</b> d", "a  c  d"),
        ("a <script>if (b < c)</script> d", "a   d"),
        ("<STYLE x>.a{}</style>d", " d"),
        ("<script>a</style></script>b", " b"),
        ("<script>a", " a"),
        ("a < b", "a < b"),
        ("a <b <c>", "a <b  "),
        ("<styled>a</styled>", " a "),
    ],
)
def test_a_tag_is_left_out_and_a_script_with_what_it_holds(text: str, left: str) -> None:
    assert without_tags(text) == left
