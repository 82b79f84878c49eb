"""Text of reStructuredText and Markdown for property tests: pieces, written with different white space."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

WORDS = st.from_regex(r"\A[a-z]{2,9}\Z")


PROSE = st.lists(WORDS, min_size=3, max_size=30)


CODE = st.lists(st.sampled_from(["x = 1", "if y:", "    z()", "", "        deep"]), min_size=1, max_size=5)


PIECES = st.lists(
    st.one_of(
        st.tuples(st.just("heading"), st.lists(WORDS, min_size=1, max_size=3)),
        st.tuples(st.just("prose"), PROSE),
        st.tuples(st.just("items"), st.lists(PROSE, min_size=1, max_size=3)),
        st.tuples(st.just("code"), CODE),
        st.tuples(st.just("note"), PROSE),
    ),
    min_size=1,
    max_size=6,
)


Draw = Callable[[st.SearchStrategy[Any]], Any]


class Typist:
    """Types the same pieces again, breaking and spacing them by other choices."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def wrapped(self, words: list[str], indent: str = "", first: str = "") -> str:
        """Break lines between words, with blanks and tabs where they mean nothing."""
        breaks = [self._draw(st.sampled_from([" ", "  ", "\t", f"\n{indent}", f"  \n{indent}"])) for _ in words[1:]]
        return first + words[0] + "".join(gap + word for gap, word in zip(breaks, words[1:], strict=True))

    def piece(self, kind: str, value: list[Any]) -> str:
        """Type one piece."""
        if kind == "heading":
            return " ".join(value) + "\n" + "=" * (len(" ".join(value)) + int(self._draw(st.integers(0, 9))))
        if kind == "items":
            loose = str(self._draw(st.sampled_from(["\n", "\n\n", "\n \n\n"])))
            return loose.join(self.wrapped(item, "  ", "- ") for item in value)
        if kind == "code":
            tail = self._draw(st.sampled_from(["", " ", "\t "]))
            return "\n".join(line + tail for line in self.code(value))
        return self.note(value) if kind == "note" else self.wrapped(value)

    def code(self, lines: list[str]) -> list[str]:
        """Type code as a directive with an indentation of its own."""
        margin = " " * self._draw(st.integers(2, 5))
        return [".. code-block:: python", "", *(margin + line if line else "" for line in lines)]

    def note(self, words: list[str]) -> str:
        """Type a directive with a paragraph in it."""
        margin = " " * self._draw(st.integers(2, 5))
        return self.wrapped(words, margin, self._draw(st.sampled_from([".. note:: ", f".. note::\n\n{margin}"])))

    def text(self, pieces: list[tuple[str, list[Any]]]) -> bytes:
        """Type everything."""
        typed = ""
        for kind, value in pieces:
            typed += self.piece(kind, value) + self._draw(st.sampled_from(["\n\n", "\n\n\n", " \n\t\n\n"]))
        start, end = self._draw(st.sampled_from(["", "\n", "\ufeff"])), self._draw(st.sampled_from(["\n", "\r\n"]))
        return f"{start}{typed}".replace("\n", end).encode()


class MarkdownTypist(Typist):
    """The same in Markdown: fences instead of directives."""

    def code(self, lines: list[str]) -> list[str]:
        fence = self._draw(st.sampled_from(["```", "~~~~"]))
        return [fence + "python", *lines, fence]

    def note(self, words: list[str]) -> str:
        return self.wrapped(words, "> ", "> ")


def parted(pieces: list[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
    """Return pieces without neighbours that would grow together, as two lists do."""
    return [piece for before, piece in zip([("", []), *pieces], pieces, strict=False) if piece[0] != before[0]]


MARKS = (
    *(".. ", "::", "\n", "\n\n", "  ", "- ", "1. ", "===", "----", "`", "``", "_", "|", "+-+", ":a: ", "[x](y)"),
    *("<!--", "---\n", "a: b\n", "> ", "```", "<div>", "word", "\t", "toctree::", "note::", "code::", ">>> "),
    *("*", "__ ", "=== ===", "é", "\x0c", "\u2028", "[#]_", "<a>`_", "|a| replace:: b"),
)


MARKUP = st.lists(st.sampled_from(MARKS), max_size=40).map("".join)
