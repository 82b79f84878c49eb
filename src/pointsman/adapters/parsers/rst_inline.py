"""Reads what is inside a line of reStructuredText: literals, roles, and links with their targets."""

import re

from pointsman.adapters.parsers.block_writer import BlockWriter, count_words, indent_of
from pointsman.adapters.parsers.rst_lines import indented_to, reference_of

LINK_ROLES = (":doc:", ":ref:", ":any:", ":term:", ":numref:", ":download:")
"""Roles that are links; the text of other roles belongs to the sentence."""
TARGET = re.compile(r"\.\. _(?P<name>(?:`[^`]*`|[^:`\\]|\\.)*):(?: +(?P<url>.*))?|__ +(?P<bare>.+)")
INLINE = re.compile(
    r"``(?P<literal>(?:[^`]|`(?!`))++`*?)``(?!`)"
    r"|(?<![\w.+:])(?P<role>:[A-Za-z][\w:.+-]{0,40}:)`(?P<content>[^`]+)`"
    r"|`(?P<reference>[^`]+)`(?P<mark>__?)(?!\w)"
    r"|(?P<url>https?://[^\s<>`]+)"
    r"|(?<![\w`.])(?<!\w-)(?P<word>[A-Za-z0-9][\w.-]{0,80})__?(?![\w`])"
)
"""What stands out in a line. What may be long is looked at once: the rest has an end."""


class InlineReader:
    """Turns prose into what a reader sees, and counts the words of its links."""

    def __init__(self, write: BlockWriter) -> None:
        """Take the writer that counts the words of links."""
        self._write = write
        self._targets: dict[str, str] = {}
        """Web address of every named link target."""
        self._anonymous: list[str] = []
        """Web addresses of the link targets without a name, last first."""

    def learn(self, lines: list[str]) -> None:
        """Remember the link targets of a whole text."""
        for n, line in enumerate(lines):
            if target := TARGET.fullmatch(line.strip()):
                margin = indent_of(line)
                more = lines[n + 1 : indented_to(lines, n + 1, margin + 1)]
                url = "".join([target["url"] or target["bare"] or "", *(part.strip() for part in more)])
                name = reference_of(target["name"] or "_")
                self._anonymous += [url] if name == "_" else []
                self._targets[name] = url
        self._anonymous.reverse()

    def shown(self, text: str) -> str:
        """Return prose without roles and reference marks, counting the words of links."""
        return INLINE.sub(self._span, " ".join(text.split()))

    def _span(self, match: re.Match[str]) -> str:
        """Return what a reader sees of one inline construct."""
        if match["literal"]:
            return f"`{match['literal']}`"
        if match["url"]:
            self._write.links += 1
            return match["url"]
        if match["word"] and reference_of(match["word"]) not in self._targets:
            return match[0]
        content = match["content"] or match["reference"] or match["word"]
        title, _, target = content.removesuffix(">").rpartition("<") if content.endswith(">") else ("", "", content)
        shown = title.strip() or target.lstrip("~!")
        if match["role"]:
            self._write.links += count_words(shown) if match["role"] in LINK_ROLES else 0
        else:
            self._write.links += count_words(shown)
            nameless = match["mark"] == "__" and not title and self._anonymous
            target = self._anonymous.pop() if nameless else target
            target = self._targets.get(reference_of(target.removesuffix("_")), target)
        return f"{shown} ({target})" if "://" in target and target != shown else shown
