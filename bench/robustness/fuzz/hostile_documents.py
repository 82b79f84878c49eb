"""Documents that nobody should write: damaged, spliced, half of another format, full of strange characters. Seeded."""

# ruff: noqa: RUF001 - strange characters are meant

import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.adapters.parsers.office_files import docx, pdf

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "sample" / "documents"
ENDINGS = (".md", ".rst", ".html", ".txt", ".pdf", ".docx")
TEXT_ENDINGS = (".md", ".rst", ".html", ".txt")
LONGEST = 6_000
"""Bytes of a text that is damaged, at most: many small documents find more than few large ones."""
MOST_PIECES = 60
"""Pieces of a document that is put together from tokens, at most."""

STRANGE = (
    "\x00", "\x0b", "\x0c", "\x1c", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u200d", "\u200f", "\u2028", "\u202e",
    "\u2066", "\ufeff", "\ufffd", "\ufffe", "\ud83d", "\udc80", "\U000e0041", "\U0001f600", "e\u0301", "ﬁ", "İ", "ǆ",
    "\u0300" * 40, "١٢", "²", "𝟗", "½",
)  # fmt: skip
"""Controls, bidi marks, halves of characters, characters whose case or width changes their length."""

FRONTS = (
    "---\n", "...\n", "+++\n", "access: a\n", "access:\n", "access: [a\n", "access: !!set {a}\n", "? x\n: y\n",
    "!!python/object/apply:os.system [x]\n", "!!binary aGk=\n", "date: 2024-99-99\n", "a: 1e999\n", "b: 0x\n",
    "[]: 1\n",
    "? [a]\n: b\n", "&a x: *a\n", "a: &a [*a]\n", "<<: {a: b}\n", "<<: *none\n", "tags: [a, [b, {c: d}]]\n", "- \n",
    "a: |\n  b\n", "a: >-\n", 'a: "\\ud800"\n', 'a: "\\x00"\n', "%YAML 9.9\n", "{a: {a: {a: {a: {\n", "key: \t\n",
    "title: Kubelet: how\n", "title: {{ product }}\n", "x: !<tag:yaml.org,2002:timestamp> y\n", "a = 1\n", "[t]\n",
)  # fmt: skip
"""Pieces of front matter."""

TOKENS: Mapping[str, Sequence[str]] = {
    ".md": (
        "- ", "1. ", "999999999999. ", "> ", "```", "~~~\n", "`", "``", "<!--", "-->", "<script>", "</script>", "<div>",
        "</div>", "|a|b|\n|-|-|\n|c|d|\n", "# ", "## ", " {#id}", "===\n", "[a](b)", "![", "](", "\\", "    ", "\t",
        "[^1]: ", "[^1]", "<a href='", "&#0;", "&#xD800;", "&#x110000;", "&amp;", "<b>", "***", "~~", "$$", "\r",
        "\r\n",
    ),
    ".rst": (
        ":a: b\n", ":access: x\n", ":access:\n", "..\n", ".. ", ".. a::\n", ".. code::\n\n   x\n", ".. table::\n",
        ".. meta::\n   :access: a\n", "   ", "\t", "====\n", "----\n", "== ==\n", "+--+--+\n", "+-+\n", "::\n", "::",
        "`", "``", ":role:`", "`_", "`__\n", "__ x\n", ".. _a:\n", ".. _a: http://x\n", ".. [1] x\n", "| x\n",
        ">>> x\n",
        ".. |x| replace:: y\n", "|x|", "- ", "(i) ", "#. ", "\\", "http://x", "<http://x>", "_", "*", ":", "A\n",
        ".. csv-table::\n   :header: a,b\n\n   1,2\n", ".. list-table::\n\n   * - a\n     - b\n", ".. include:: x\n",
    ),
    ".html": (
        "<![", "<![CDATA[", "<!", "<!--", "-->", "--!>", "<p>", "</p>", "<a href='#'>", "</a>", "<h1>", "</h1>",
        "<table>", "<tr>", "<td rowspan=99999 colspan=-1>", "</table>", "<ul>", "<ol start='99999999999'>",
        "<ol start='²'>", "<li value=x>", "</ul>", "&#", "&#x110000;", "&#xD800;", "&amp;", "&", "<meta name>",
        "<meta name=access content=''>", "<meta name='access' content='a,b'>", "<title>", "</title>", "<pre>", "</pre>",
        "<br>", "<dt>", "<dd>", "<dl>", "<?", "?>", "<!DOCTYPE html [", "]>", "\r", "<script>", "</script",
        "<template>",
        "<svg>", "<math>", "<img alt>", "<h2 id>", "<div hidden>", "<![if !IE]>", "<!ELEMENT", "<![INCLUDE[", "<! foo",
        "<select><option>", "<del>", "<input type=checkbox checked>", "<frameset>", "<table><caption>",
        "</body></html>",
    ),
    ".txt": ("\n\n", " ", "\t", "-----\n", "=====\n", "a  b   c\n", "\r", "\x1b[31m", "access: x\n"),
}  # fmt: skip
"""Ending → pieces of its syntax, whole and torn."""

HTML_PAGE = (
    "<!doctype html><html><head><title>Yard</title><meta name='access' content='staff'></head><body>"
    "<h1 id='a'>Gates</h1>"
    "<p>The gate opens at <b>six</b>.</p><table><tr><th>who</th><th>fee</th></tr><tr><td>child</td><td>1</td></tr>"
    "</table><ol start='3'><li>one<li>two</ol><pre>x = 1\n</pre><p>10<sup>6</sup> words, <del>not</del> these.</p>"
)
"""A page of HTML; the samples have none."""


class HostileDocuments:
    """An endless source of (name, bytes); the same seed gives the same documents."""

    def __init__(self, seed: int) -> None:
        """Read the sample pages."""
        self._draw = random.Random(seed)  # noqa: S311 - no secret depends on it
        self._samples = _samples()
        self._number = 0

    def __next__(self) -> tuple[str, bytes]:
        """Return the name and the bytes of the next document."""
        self._number += 1
        ending = self._draw.choice(ENDINGS)
        kinds: list[Callable[[str], bytes]] = [self._damaged, self._spliced, self._damaged]
        if ending in TEXT_ENDINGS:
            kinds += [self._soup, self._soup, self._fronted, self._peppered, self._encoded]
        elif ending == ".docx":
            kinds += [self._zip_damaged, self._zip_damaged]
        raw = self._draw.choice(kinds)(ending)
        named = self._draw.choice(ENDINGS) if self._draw.random() < 0.05 else ending  # noqa: PLR2004 - now and then
        return f"hostile/{self._number}{named}", raw

    def _damaged(self, ending: str) -> bytes:
        raw = bytearray(self._sample(ending))
        for _ in range(self._draw.randint(1, 12)):
            self._hurt(raw)
        return bytes(raw)

    def _hurt(self, raw: bytearray) -> None:
        """Flip, drop, repeat or cut some bytes."""
        if not raw:
            return
        at, most = self._draw.randrange(len(raw)), min(400, len(raw))
        kind = self._draw.randrange(6)
        if kind <= 1:
            raw[at] = self._draw.randrange(256)
        elif kind == 2:  # noqa: PLR2004 - the number of a kind
            raw[at] ^= 1 << self._draw.randrange(8)
        elif kind == 3:  # noqa: PLR2004 - the number of a kind
            del raw[at : at + self._draw.randint(1, most)]
        elif kind == 4:  # noqa: PLR2004 - the number of a kind
            raw[at:at] = raw[at : at + self._draw.randint(1, most)] * self._draw.randint(1, 3)
        else:
            del raw[at:]

    def _spliced(self, ending: str) -> bytes:
        """Return the beginning of one document and the end of another, perhaps of another format."""
        one, two = self._sample(ending), self._sample(self._draw.choice(ENDINGS))
        return one[: self._draw.randint(0, len(one))] + two[self._draw.randint(0, len(two)) :]

    def _soup(self, ending: str) -> bytes:
        """Return a text of pieces of syntax in no order."""
        pieces = (*TOKENS[ending], "word ", "Two words. ", "\n", "\n\n", " ", "a", "1.5 ", *STRANGE[:8])
        return self._text("".join(self._draw.choice(pieces) for _ in range(self._draw.randint(1, MOST_PIECES))))

    def _fronted(self, ending: str) -> bytes:
        """Return a page below hostile front matter."""
        lines = "".join(self._draw.choice(FRONTS) for _ in range(self._draw.randint(1, 8)))
        marks = self._draw.choice(("---\n", "---\n", "+++\n", ";;;\n", "{\n"))
        return self._text(marks + lines + self._draw.choice((marks, "...\n", ""))) + self._sample(ending)

    def _peppered(self, ending: str) -> bytes:
        """Return a page with strange characters in it."""
        text = list(self._sample(ending).decode("utf-8", "replace"))
        for _ in range(self._draw.randint(1, 40)):
            char = self._draw.choice(STRANGE) if self._draw.random() < 0.7 else chr(self._draw.randrange(0x110000))  # noqa: PLR2004 - mostly known ones
            text.insert(self._draw.randint(0, len(text)), char)
        return self._text("".join(text))

    def _encoded(self, ending: str) -> bytes:
        """Return a page in another encoding, with or without its mark."""
        text = self._sample(ending).decode("utf-8", "replace") + "Grüße aus Köln ½"
        encoding = self._draw.choice(
            ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp1252", "cp037", "utf-7")
        )
        return text.encode(encoding, "replace")

    def _zip_damaged(self, _ending: str) -> bytes:
        """Return a DOCX in which a part is damaged, missing, doubled or not XML; the container itself is whole."""
        held = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(self._sample(".docx"))) as before, zipfile.ZipFile(held, "w") as after:
            for name in before.namelist():
                part, chance = bytearray(before.read(name)), self._draw.random()
                if chance < 0.08:  # noqa: PLR2004 - a part is missing
                    continue
                if chance < 0.5:  # noqa: PLR2004 - about half of the parts
                    self._hurt_xml(part)
                after.writestr(name, bytes(part))
        return held.getvalue()

    def _hurt_xml(self, part: bytearray) -> None:
        """Damage bytes, or put hostile XML somewhere."""
        pieces = (
            b"<!ENTITY a '&a;'>", b"&a;", b"<w:p>", b"</w:p>", b"<w:tbl/>", b"<![CDATA[", b"<w:t>x</w:t>", b"\xff",
            b"<a " * 30,
            b'w:val="99999999999999999999"', b"&#55296;", b"<w:footnoteReference w:id='x'/>", b"<m:oMath/>",
            b"<w:r>" * 20,
        )  # fmt: skip
        if part and self._draw.random() < 0.5:  # noqa: PLR2004 - one of two ways
            at = self._draw.randrange(len(part))
            part[at:at] = self._draw.choice(pieces)
        else:
            self._hurt(part)

    def _sample(self, ending: str) -> bytes:
        return self._draw.choice(self._samples[ending])

    def _text(self, text: str) -> bytes:
        return text.encode("utf-8", "surrogatepass" if self._draw.random() < 0.5 else "replace")  # noqa: PLR2004 - half


def _samples() -> dict[str, list[bytes]]:
    """Return ending → whole documents of that format."""
    found: dict[str, list[bytes]] = {ending: [] for ending in ENDINGS}
    for path in sorted(PAGES.rglob("*")):
        if path.is_file():
            found.setdefault(path.suffix, []).append(path.read_bytes()[:LONGEST])
    found[".html"] += [HTML_PAGE.encode()]
    found[".pdf"] += [
        pdf("Opening hours\nThe gate opens at six.", "Fees\nOne.", outline=[(0, "Hours", None)], Title="A")
    ]
    found[".pdf"] += [pdf("One page only, of a yard.", Subject="yard", access="staff"), pdf("")]
    found[".docx"] += [docx()]
    return found
