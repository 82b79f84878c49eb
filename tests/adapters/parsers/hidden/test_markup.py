"""What HTML elements in Markdown hide is not served; code and what nothing closes is."""

import time

import pytest

from pointsman.adapters.parsers.dispatch import read_document

NUMBER = "The number is 4711."


def text(source: str) -> str:
    return read_document("a.md", source.encode()).text


@pytest.mark.parametrize(
    "hidden",
    [
        f'<div style="display:none">{NUMBER}</div>', f'<div style="display:none">\n\n{NUMBER}\n\n</div>',
        f"<div hidden>\n\n## Head\n\n- {NUMBER}\n- two\n\n```\n{NUMBER}\n```\n\n</div>",
        f"<div hidden>\n\n| a | b |\n|---|---|\n| {NUMBER} | c |\n\n</div>",
        f"<div hidden><div>\n\nx\n\n</div>\n\n{NUMBER}\n\n</div>",
        f'Before <span style="visibility:hidden">{NUMBER}</span> it.',
        f"| a | b |\n|---|---|\n| c <i hidden>{NUMBER}</i> | d |",
        f"- one <b hidden>{NUMBER}</b>\n- two", f'<p style="font-size:0">{NUMBER}</p>',
        f'<p style="color:#fff;background:#fff">{NUMBER}</p>', f"<DIV HIDDEN>\n{NUMBER}\n</DIV>",
    ],
)  # fmt: skip
def test_a_hidden_element_is_left_out_and_what_stands_around_it_stays(hidden: str) -> None:
    read = text(f"# Title\n\nThe gate opens.\n\n{hidden}\n\nThe key is green.\n")
    assert "4711" not in read
    assert "Head" not in read
    assert read.startswith("Title")
    assert "The gate opens." in read
    assert read.endswith("The key is green.")


@pytest.mark.parametrize(
    "shown",
    [
        f"<div>\n\n{NUMBER}\n\n</div>", f"```html\n<div hidden>\n{NUMBER}\n</div>\n```",
        f"`<div hidden>` {NUMBER} `</div>`",
        f"<div hidden>\n\n{NUMBER}", f'<div role="tabpanel" hidden>\n\n{NUMBER}\n\n</div>',
        f"</div>\n\n<div hidden>\n\n{NUMBER}", f'<div class="hidden">\n\n{NUMBER}\n\n</div>',
        f'<div data-x="hidden">\n\n{NUMBER}\n\n</div>', f"<details><summary>More</summary>\n\n{NUMBER}\n\n</details>",
        f'<p style="color:#fff">{NUMBER}</p>', f"<input hidden> {NUMBER} </input>", f"<b hidden/> {NUMBER} </b>",
    ],
)  # fmt: skip
def test_what_is_shown_stays(shown: str) -> None:
    assert "4711" in text(f"# Title\n\nThe gate opens.\n\n{shown}\n")


def test_what_stands_behind_a_hidden_element_stays() -> None:
    assert text("One <i hidden>two</i> three <i hidden>four</i> five.") == "One three five."


def test_many_elements_are_read_in_linear_time() -> None:
    begin = time.process_time()
    for unit in ("<b hidden>\n\nx\n\n</b>\n\n", "<b hidden>\n\n", "`<b hidden>` x\n\n", "<b hidden>x</b> "):
        text(unit * (200_000 // len(unit)))
    assert time.process_time() - begin < 15
