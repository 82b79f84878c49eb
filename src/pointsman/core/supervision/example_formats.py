"""Reads one line of an examples file in the formats of other tools, and returns its messages in Pointsman's format.

=============  =====================================  =========================================
format         keys                                   read as
=============  =====================================  =========================================
Pointsman      ``messages``                           as it is
OpenAI         ``messages``                           role ``developer`` as ``system``, parts of text joined
TRL            ``prompt``, ``completion``             two texts, or two lists of messages
ShareGPT       ``conversations``                      ``from`` and ``value``, or ``role`` and ``content``
Alpaca         ``instruction``, ``input``, ``output``  the input below the instruction
=============  =====================================  =========================================

Only the last message is learned, and the messages before it are the prompt, even if the other tool would learn all
answers. Preference pairs, tool calls, images and an answer with ``weight: 0`` are refused.
"""

from collections.abc import Mapping
from typing import Any

EXPECTED = (
    "write messages, a list of {role, content} whose last one is the assistant's answer; also read are prompt and "
    "completion (TRL), conversations (ShareGPT), instruction and output (Alpaca)"
)
"""What a line may look like."""

SHAREGPT_ROLES: Mapping[str, str] = {
    "system": "system", "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant",
    "chatgpt": "assistant", "bing": "assistant", "bard": "assistant",
}  # fmt: skip
"""Speaker in ShareGPT's ``from`` → role."""

OPENAI_ROLES: Mapping[str, str] = {"developer": "system"}
"""Role of OpenAI → role here, if they differ."""

SHOWN, NAME_SHOWN = 60, 20
"""Most characters of keys, and of a wrong value in the place of a name, that a message quotes."""


KINDS: Mapping[str, str] = {
    "str": "a text", "int": "a number", "float": "a number", "bool": "true or false", "NoneType": "null",
    "list": "a list", "dict": "an object",
}  # fmt: skip
"""Python type of a JSON value → its name in messages."""


def kind_of(value: Any) -> str:
    """Return the name of a JSON value's type for a message."""
    return KINDS.get(type(value).__name__, type(value).__name__)


def shown(value: Any) -> str:
    """Return a number as it is, and of a text or list only what it is: its document may be restricted."""
    return repr(value) if isinstance(value, int | float) or value in (None, "") else kind_of(value)


def shown_name(value: Any) -> str:
    """Return what stands in the place of a name: quoted where it is short, else its type."""
    return repr(value) if isinstance(value, str) and len(value) <= NAME_SHOWN else shown(value)


def messages_of(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of a line in the order of the conversation, roles and texts unchecked.

    Raises:
        ValueError: the line has another format, or something that is not learned; the message names the keys that were
            found, and what is expected.
    """
    if "messages" in row:
        return _openai(row["messages"], "messages")
    if "chosen" in row or "rejected" in row:
        raise ValueError(f"{_found(row)}: preference pairs are not learned; {EXPECTED}")
    if "prompt" in row and "completion" in row:
        return _trl(row["prompt"], row["completion"])
    if "conversations" in row:
        return [*_system(row), *_sharegpt(row["conversations"])]
    if "instruction" in row and "output" in row:
        return [*_system(row), *_alpaca(row)]
    raise ValueError(f"{_found(row)}; {EXPECTED}")


def _found(row: Mapping[str, Any]) -> str:
    keys = [key for key in row if not key.startswith("_")]
    return f"the line has the keys {', '.join(keys)[:SHOWN]}" if keys else "the line has no keys"


def _openai(messages: Any, key: str) -> list[dict[str, Any]]:
    """Return the messages of OpenAI's chat format."""
    found = [dict(message) for message in _objects(messages, key)]
    for nth, message in enumerate(found):
        where = f"{key}[{nth}]"
        if message.get("tool_calls") or message.get("function_call"):
            raise ValueError(f"{where} calls a tool, and only answers in text are learned; remove the line")
        if "role" in message:
            message["role"] = OPENAI_ROLES.get(str(message["role"]), message["role"])
        if isinstance(message.get("content"), list):
            message["content"] = _joined_parts(message["content"], where)
        if message.get("weight") not in (0, 1, None):
            raise ValueError(f"{where}.weight is {shown(message['weight'])}; it must be 0 or 1")
    if found and found[-1].get("weight") == 0:
        raise ValueError(
            f"{key}[{len(found) - 1}] is the last message and has weight 0, so nothing would be learned; "
            "remove the weight, or the line"
        )
    return found


def _joined_parts(parts: list[Any], where: str) -> str:
    """Return the text of a content that is a list of parts."""
    texts = []
    for nth, part in enumerate(parts):
        kind = part.get("type") if isinstance(part, dict) else kind_of(part)
        if kind != "text" or not isinstance(part.get("text"), str):
            found = f"{where}.content[{nth}] is of type {shown_name(kind)}"
            raise ValueError(f"{found}; only parts of type 'text' are read")
        texts.append(part["text"])
    return "".join(texts)


def _trl(prompt: Any, completion: Any) -> list[dict[str, Any]]:
    """Return the messages of TRL's prompt-completion format: two texts, or two lists of messages."""
    if isinstance(prompt, str) and isinstance(completion, str):
        return [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion.strip()}]
    if not (isinstance(prompt, list) and isinstance(completion, list)):
        raise ValueError(
            f"prompt is {kind_of(prompt)} and completion is {kind_of(completion)}; "
            "both must be texts, or both lists of messages"
        )
    if len(completion) != 1:
        raise ValueError(f"completion has {len(completion)} messages; give one, the answer that is learned")
    return [*_openai(prompt, "prompt"), *_openai(completion, "completion")]


def _sharegpt(conversations: Any) -> list[dict[str, Any]]:
    """Return the messages of ShareGPT's format."""
    turns = _objects(conversations, "conversations")
    if not any("from" in turn for turn in turns):
        return _openai(conversations, "conversations")
    found = []
    for nth, turn in enumerate(turns):
        role = SHAREGPT_ROLES.get(str(turn.get("from")))
        if role is None:
            raise ValueError(
                f"conversations[{nth}].from is {shown_name(turn.get('from'))}, not one of {', '.join(SHAREGPT_ROLES)}"
            )
        if not isinstance(turn.get("value"), str):
            raise ValueError(f"conversations[{nth}].value is {kind_of(turn.get('value'))}, not a text")
        found.append({"role": role, "content": turn["value"]})
    return found


def _alpaca(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of Alpaca's format: earlier turns, the instruction with its input, the output."""
    instruction, given, output = row["instruction"], row.get("input") or "", row["output"]
    for key, value in (("instruction", instruction), ("input", given), ("output", output)):
        if not isinstance(value, str):
            raise ValueError(f"{key} is {kind_of(value)}, not a text")
    question = f"{instruction}\n\n{given}" if given.strip() else instruction
    return [*_history(row), {"role": "user", "content": question}, {"role": "assistant", "content": output}]


def _history(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the earlier turns of an Alpaca line: pairs of a question and its answer."""
    pairs = row.get("history") or []
    found = []
    for nth, pair in enumerate(pairs if isinstance(pairs, list) else [pairs]):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):  # noqa: PLR2004 - a pair
            raise ValueError(f"history[{nth}] is {shown(pair)}, not a pair of question and answer")
        found += [{"role": "user", "content": pair[0]}, {"role": "assistant", "content": pair[1]}]
    return found


def _system(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the system message that some ShareGPT and Alpaca files have beside the conversation."""
    system = row.get("system") or ""
    if not isinstance(system, str):
        raise ValueError(f"system is {kind_of(system)}, not a text")
    if row.get("tools"):
        raise ValueError("the line has tools, and calls of tools are not learned; remove the line")
    return [{"role": "system", "content": system}] if system.strip() else []


def _objects(value: Any, key: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{key} must be a list of objects")
    return value
