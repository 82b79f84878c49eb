"""Characters that command a terminal are shown as escapes."""

import json

import pytest

from pointsman.core.visible import visible, visible_json

UNSAFE = {
    "\x1b[2J": r"\x1b[2J", "\x1b]0;t\x07": r"\x1b]0;t\x07", "\x9b31m": r"\x9b31m", "a\rb": r"a\x0db", "\x7f": r"\x7f",
    "\u202egnp.exe": r"\u202egnp.exe", "\u2066": r"\u2066", "\u2028": r"\u2028", "\ufeff": r"\ufeff",
    "\U000e0041": r"\U000e0041", "\ud83d": r"\ud83d", "\x00": r"\x00", "\x0b\x0c": r"\x0b\x0c", "\u061c": r"\u061c",
}  # fmt: skip
SAFE = ("two\nlines\tand a tab", "Zürich 東京 שלום", "नमस्ते क्\u200dष", "👩\u200d🔧", "x\u00a0y", "10⁶", "co\u00adop")


@pytest.mark.parametrize(("text", "shown"), UNSAFE.items())
def test_unsafe_characters_are_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


@pytest.mark.parametrize("text", SAFE)
def test_text_of_every_script_stays(text: str) -> None:
    assert visible(text) == text
    assert visible_json(text) == text


@pytest.mark.parametrize("text", UNSAFE)
def test_json_stays_the_same_value_and_has_no_unsafe_character(text: str) -> None:
    written = visible_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(written) == {"text": text}
    assert written.isprintable()
