"""Comments of the programs that make pages of Markdown are not served, but screened."""

import time

import pytest

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.adapters.parsers.hidden.texts import hidden_texts

NUMBER = "The number is 4711."


@pytest.mark.parametrize(
    "comment",
    [
        f"[//]: # ({NUMBER})", f'[comment]: # "{NUMBER}"', f"[//]: <> ({NUMBER})", f"{{# {NUMBER} #}}",
        f"{{/* {NUMBER} */}}", f"{{% comment %}}{NUMBER}{{% endcomment %}}",
        f"{{%- comment -%}} {NUMBER} {{%- endcomment -%}}",
        f"Before {{# {NUMBER} #}} it.", f"{{#\n{NUMBER}\nand more\n#}}", f"- one {{/* {NUMBER} */}}\n- two",
    ],
)  # fmt: skip
def test_a_comment_is_not_served_but_screened(comment: str) -> None:
    source = f"# Gate\n\nThe gate opens.\n\n{comment}\n\nThe key is green.\n"
    read = read_document("a.md", source.encode()).text
    assert "4711" not in read
    assert read.startswith("Gate\n\nThe gate opens.")
    assert read.endswith("The key is green.")
    assert any("4711" in found.text for found in hidden_texts("markdown", source.encode()))


@pytest.mark.parametrize(
    "shown",
    [
        f"`{{# x #}}` {NUMBER}", f"{{# {NUMBER}", f"## Head {{#id}}\n\n{NUMBER} #}}", f"```\n{{# {NUMBER} #}}\n```",
        f"[a]: # ({NUMBER})", f"[//]: https://example.org ({NUMBER})", f"{{% if x %}}{NUMBER}{{% endif %}}",
        f"{{{{ x }}}} {NUMBER}", f"{{% raw %}}{NUMBER}{{% endraw %}}",
    ],
)  # fmt: skip
def test_what_is_none_stays(shown: str) -> None:
    assert "4711" in read_document("a.md", f"# Gate\n\n{shown}\n".encode()).text


def test_many_beginnings_are_read_in_linear_time() -> None:
    begin = time.process_time()
    for unit in ("{# ", "{/*", "{% comment %}", "[//]: # (\n", "{# #}", "`{#"):
        hidden_texts("markdown", (unit * (1_000_000 // len(unit))).encode())
    assert time.process_time() - begin < 6
