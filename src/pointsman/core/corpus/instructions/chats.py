"""Roles and delimiters of chats, and tool calls."""

from pointsman.core.corpus.instructions.form import Form, form
from pointsman.core.corpus.instructions.marks import ROLE, TOOL

CHATS: tuple[Form, ...] = (
    form(
        ROLE,
        ('"role"', "'role'"),
        r"""["']role["']\s?:\s?["'](?:system|assistant|developer)["']\s?,\s?["']content["']""",
    ),
    # Roles and delimiters of chats
    form(ROLE, ("<|",), r"<\|[\w.-]{2,40}\|>"),
    form(
        ROLE,
        "[inst]|[/inst]|<<sys>>|<</sys>>|[system]|[/system]|<start_of_turn>|<end_of_turn>|<bos>|[system_prompt]|"
        "[/system_prompt]|[available_tools]",
        r"(?:\[/?inst\]|<</?sys>>|<(?:start|end)_of_turn>|\[/?(?:system|system_prompt|available_tools)\])",
    ),
    form(
        ROLE,
        "</|<sys|<ass|<hum|<user|<instr|<doc",
        "(?:</(?:context|passages?|documents?|sources?|system|system_prompt|instructions?|user|assistant|human|"
        r"question|query|user_input|search_results|retrieved\w{0,20})>"
        r"|<(?:system|system_prompt|system_message|assistant|human|instructions)>)",
        prose=True,
    ),
    form(
        ROLE,
        "#",
        r"#{2,6}\s?(?:system|human|assistant|instructions?|response|user|input)(?: message| prompt)?\s?:",
        prose=True,
    ),
    form(
        ROLE,
        "human:|human :",
        r"human\s?:\s(?:[^\n]|\n(?!\n)){0,400}?(?<!\w)assistant\s?:",
        prose=True,
        ahead=r"assistant\s?:",
    ),
    form(
        ROLE,
        "user:|user :",
        r"user\s?:\s[^\n]{0,400}?(?<![\w-])(?:assistant|ai|system|chatbot|chatgpt)\s?:\s",
        prose=True,
        ahead=r"(?:assistant|ai|system|chatbot|chatgpt)\s?:\s",
    ),
    form(
        ROLE,
        "system:|system :|assistant:|assistant :|system prompt:|system message:",
        r"(?:system|assistant|system prompt|system message)\s?:\s{1,3}(?:you are|you must|you will|ignore|"
        "disregard|forget|answer|respond|reply|from now|new |the user|override|sure|only |always |never |i "
        "(?:will|am|have)|all )",
        prose=True,
    ),
    # Tool calls
    form(
        TOOL,
        "<tool|<function|</tool|[tool|<invoke|<use_mcp|<execute",
        r"(?:</?tool_(?:calls?|use|code|responses?)>|</?function_calls?>|<function=[\w.-]{1,60}|\[tool_calls?\]|"
        r"<invoke name=|<use_mcp_tool>|<execute_\w{1,20}>)",
    ),
    form(TOOL, "\"name\"|'name'", r"""["']name["']\s?:\s?["'][\w.:/-]{1,80}["']\s?,\s?["']arguments["']\s?:\s?[{"']"""),
    form(
        TOOL,
        '"function_call"|"tool_calls"|"tool_call"|"tool_use"',
        r"""["'](?:function_call|tool_calls?|tool_use)["']\s?:?\s?[\[{,}]""",
    ),
    form(
        TOOL,
        "call the |invoke the |use the |run the |execute the |call your |use your ",
        r"(?:call|invoke|use|run|execute) (?:the|your) ~{0,2}?(?:[`'\"]?[a-z]{2,20}(?:_[a-z]{2,20}){1,4}[`'\"]? "
        r")(?:tool|function call|plugin)\b(?: now| immediately| with| to| before)",
        commands=True,
        prose=True,
    ),
)
"""Forms of ``role`` and ``tool``."""
