"""Examples in the formats of other tools: read as a conversation, or refused by the keys that were found."""

from typing import Any

import pytest

from pointsman.core.supervision.examples import Example

ASKED = {"role": "user", "content": "When?"}
SAID = {"role": "assistant", "content": "At 2."}
SYSTEM = {"role": "system", "content": "Be brief."}
EARLIER = [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}]


@pytest.mark.parametrize(
    ("row", "messages"),
    [
        # TRL
        ({"prompt": "When?", "completion": " At 2.\n"}, [ASKED, SAID]),
        ({"prompt": [SYSTEM, ASKED], "completion": [SAID]}, [SYSTEM, ASKED, SAID]),
        ({"messages": [ASKED, SAID]}, [ASKED, SAID]),
        # ShareGPT
        (
            {"conversations": [{"from": "human", "value": "When?"}, {"from": "gpt", "value": "At 2."}]},
            [ASKED, SAID],
        ),
        (
            {
                "system": "Be brief.",
                "conversations": [{"from": "user", "value": "When?"}, {"from": "assistant", "value": "At 2."}],
            },
            [SYSTEM, ASKED, SAID],
        ),
        ({"conversations": [SYSTEM, ASKED, SAID]}, [SYSTEM, ASKED, SAID]),
        # Alpaca
        ({"instruction": "When?", "output": "At 2."}, [ASKED, SAID]),
        ({"instruction": "When?", "input": "", "output": "At 2."}, [ASKED, SAID]),
        (
            {"instruction": "When?", "input": "Yard 2", "output": "At 2."},
            [{"role": "user", "content": "When?\n\nYard 2"}, SAID],
        ),
        (
            {"instruction": "When?", "output": "At 2.", "system": "Be brief.", "history": [["Where?", "Here."]]},
            [SYSTEM, *EARLIER, ASKED, SAID],
        ),
        # OpenAI
        ({"messages": [{"role": "developer", "content": "Be brief."}, ASKED, SAID]}, [SYSTEM, ASKED, SAID]),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": p} for p in ("Wh", "en?")]}, SAID]},
            [ASKED, SAID],
        ),
        (
            {"messages": [EARLIER[0], {**EARLIER[1], "weight": 0}, ASKED, {**SAID, "weight": 1}]},
            [*EARLIER, ASKED, SAID],
        ),
        ({"messages": [{**ASKED, "weight": None}, {**SAID, "weight": None, "tool_calls": None}]}, [ASKED, SAID]),
    ],
)  # fmt: skip
def test_other_formats_are_read_as_a_conversation(row: dict[str, Any], messages: list[dict[str, str]]) -> None:
    found = Example.from_json({**row, "cites": ["p2.md"], "tags": ["t"], "_origin": "a.jsonl:1"})
    assert [dict(message) for message in found.messages] == messages
    assert (found.cites, found.tags) == (("p2.md",), ("t",))
    ours = Example.from_json({"messages": messages, "cites": ["p2.md"], "tags": ["t"]})
    assert (found.id, found.digest) == (ours.id, ours.digest), "the id comes from the content, whatever the format"


def test_an_id_of_the_file_is_kept() -> None:
    assert Example.from_json({"id": "e1", "prompt": "When?", "completion": "At 2."}).id == "e1"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"question": "When?", "answer": "At 2."}, "the line has the keys question, answer; write messages"),
        ({"text": "When? At 2."}, "has the keys text; write messages.*TRL.*ShareGPT.*Alpaca"),
        ({"prompt": "When?"}, "has the keys prompt; write messages"),
        ({"instruction": "When?"}, "has the keys instruction; write messages"),
        ({"prompt": "When?", "chosen": "At 2.", "rejected": "No."}, "keys prompt, chosen, rejected: preference pairs"),
        ({"prompt": "When?", "completion": [SAID]}, "prompt is a text and completion is a list"),
        ({"prompt": {"text": "When?"}, "completion": "At 2."}, "prompt is an object and completion is a text"),
        ({"prompt": [ASKED], "completion": [SAID, SAID]}, "completion has 2 messages; give one"),
        ({"prompt": [ASKED], "completion": []}, "completion has 0 messages; give one"),
        ({"prompt": [ASKED], "completion": [ASKED]}, "last message must be the assistant's"),
        ({"prompt": ["When?"], "completion": [SAID]}, "prompt must be a list of objects"),
        ({"prompt": "When?", "completion": "  "}, "answer .* is empty"),
        ({"conversations": "When?"}, "conversations must be a list of objects"),
        (
            {"conversations": [{"from": "human", "value": "When?"}, {"from": "function_call", "value": "{}"}]},
            r"conversations\[1\]\.from is 'function_call', not one of .*human.*gpt",
        ),
        ({"conversations": [{"from": "human", "value": None}]}, r"conversations\[0\]\.value is null, not a text"),
        ({"conversations": [{"from": "human", "value": "When?"}]}, "last message must be the assistant's"),
        ({"conversations": [], "tools": "[{}]"}, "calls of tools are not learned"),
        ({"conversations": [], "system": 3}, "system is a number, not a text"),
        ({"instruction": "When?", "input": 3, "output": "At 2."}, "input is a number, not a text"),
        ({"instruction": "When?", "output": None}, "output is null, not a text"),
        ({"instruction": "When?", "output": "At 2.", "history": ["Where?"]}, r"history\[0\] is a text, not a pair"),
        ({"instruction": "When?", "output": "At 2.", "history": "Where?"}, r"history\[0\] is a text, not a pair"),
        ({"messages": [ASKED, {**SAID, "weight": 0}]}, r"messages\[1\] is the last message and has weight 0"),
        ({"prompt": [ASKED], "completion": [{**SAID, "weight": 0}]}, r"completion\[0\] is the last .* weight 0"),
        ({"messages": [ASKED, {**SAID, "weight": 0.5}]}, r"messages\[1\]\.weight is 0\.5; it must be 0 or 1"),
        (
            {"messages": [ASKED, {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]}]},
            r"messages\[1\] calls a tool",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, SAID]},
            r"messages\[0\]\.content\[0\] is of type 'image_url'; only parts of type 'text'",
        ),
        ({"messages": [{"role": "user", "content": ["When?"]}, SAID]}, r"content\[0\] is of type 'a text'"),
        ({"messages": [ASKED, {"role": "tool", "content": "2"}, SAID]}, r"messages\[1\]\.role is 'tool', not one of"),
    ],
)
def test_what_is_not_learned_is_refused_by_what_was_found(row: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Example.from_json({**row, "_origin": "a.jsonl:1"})
