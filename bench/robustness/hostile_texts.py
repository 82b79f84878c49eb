"""Texts and files that are made to take long: name → (document id, function from a size to bytes)."""

import io
import random
import zipfile
from collections.abc import Callable, Mapping

START = "word word word "
"""Three words, so that no text is refused as empty."""
Made = tuple[str, Callable[[int], bytes]]
"""A document id, and what makes its bytes for a size."""


def _piece(document: str, before: str, piece: str, after: str = "\n") -> Made:
    """Return a text that repeats one piece."""
    begin = START if document.endswith((".txt", ".html")) else f"{START}\n\n"
    size = len(piece.encode("utf-8"))
    return document, lambda n: f"{begin}{before}{piece * (n // size)}{after}".encode()


def _halves(document: str, first: str, second: str) -> Made:
    """Return a text of two long runs."""
    return document, lambda n: f"{START}\n\nx{first * (n // 2)}{second * (n // 2)}\n".encode()


def _growing(document: str, make: Callable[[int], str], of: float = 0.5) -> Made:
    """Return a text of pieces that grow: the number of pieces is about the root of the size."""
    return document, lambda n: f"{START}\n\n{''.join(map(make, range(1, int((n / of) ** 0.5))))}\n".encode()


def _words(alphabet: str, seed: int = 7) -> Callable[[int], bytes]:
    """Return what makes random words: nothing in them repeats."""

    def make(n: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 - no secret
        letters = "".join(chance.choices(alphabet, k=n))
        return f"{START}{letters}".encode()[:n]

    return make


MARKDOWN: Mapping[str, Made] = {
    "backticks, then letters": _halves("d.md", "`", "a"),
    "runs of backticks that grow": _growing("d.md", lambda k: f"x{'`' * k} "),
    "comment, then backticks": _piece("d.md", "<!-- a --> x", "`", "b\n"),
    "open style tags": _piece("d.md", "<style>\n", "<style "),
    "open script tags": _piece("d.md", "<script>\n", "<script "),
    "rows of a table": _piece("d.md", "|a|b|\n|-|-|\n", "|c|d|\n"),
    "columns of a table": ("d.md", lambda n: f"{START}\n\n{'|a' * (n // 4)}|\n{'|-' * (n // 4)}|\n".encode()),
    "link definitions": _piece("d.md", "", "[a]: <b\n"),
    "nested quotes": _piece("d.md", "", "> ", "x\n"),
    "nested lists": _piece("d.md", "", "- ", "x\n"),
    "lists that nest line by line": _growing("d.md", lambda k: f"{' ' * (2 * k)}- x\n", 1.0),
    "quotes that nest line by line": _growing("d.md", lambda k: f"{'>' * k} x\n", 0.5),
    "equal headings": _piece("d.md", "", "# A\n\n"),
    "open brackets": _piece("d.md", "", "["),
    "open images": _piece("d.md", "", "!["),
    "open links": _piece("d.md", "", "[]("),
    "links in links": _piece("d.md", "", "[a](", ")" * 100),
    "open comments": _piece("d.md", "", "<!-- "),
    "angle brackets": _piece("d.md", "<div>\n", "<"),
    "stars": _piece("d.md", "", "*a **b "),
    "underscores": _piece("d.md", "", "_a __b "),
    "tildes": _piece("d.md", "", "~~a "),
    "entities": _piece("d.md", "", "&amp;"),
    "open entities": _piece("d.md", "", "&#"),
    "escapes": _piece("d.md", "", "\\*"),
    "front matter of brackets": ("d.md", lambda n: f"---\na: {'[' * (n // 2)}\n---\n{START}\n".encode()),
    "front matter of a long list": ("d.md", lambda n: f"---\na: [{'1,' * (n // 2)}]\n---\n{START}\n".encode()),
    "front matter of anchors": (
        "d.md",
        lambda _: ("---\na0: &a0 [x,x]\n" + "".join(f"a{i}: &a{i} [{f'*a{i - 1},' * 9}]\n" for i in range(1, 30))
                   + f"---\n{START}\n").encode(),
    ),
    "front matter without an end": ("d.md", lambda n: f"---\n{'a: b' + chr(10)}{'x: y' * (n // 5)}\n".encode()),
    "fences": _piece("d.md", "", "```\n"),
    "rules": _piece("d.md", "", "***\n"),
    "spaces": _piece("d.md", "a", " ", "b\n"),
    "footnotes": _piece("d.md", "", "[^1]: a\n"),
}  # fmt: skip

RST: Mapping[str, Made] = {
    "anonymous targets": _piece("d.rst", "", "__ http://x\n"),
    "fields": _piece("d.rst", "", ":a: b\n"),
    "a target of quotes": _piece("d.rst", ".. _", "`a`"),
    "open literals": _piece("d.rst", "x ", "``a"),
    "nested items": _growing("d.rst", lambda k: f"{' ' * (2 * k)}- x\n\n", 1.0),
    "nested definitions": _growing("d.rst", lambda k: f"{' ' * k}x\n", 0.5),
    "roles": _piece("d.rst", "", ":a"),
    "roles with text": _piece("d.rst", "", ":a:`b` "),
    "words with dots": _piece("d.rst", "", "a."),
    "hyphens": _piece("d.rst", "", "a-"),
    "equal headings": _piece("d.rst", "", "A\n=\n\n"),
    "tables": _piece("d.rst", "", "= =\na\n\n"),
    "borders of tables": _piece("d.rst", "", "= =\n"),
    "grids": _piece("d.rst", "", "+-+-+\n| | |\n"),
    "a grid of one row": ("d.rst", lambda n: (
        f"{START}\n\n{'+-' * (n // 6)}+\n{'|a' * (n // 6)}|\n{'+-' * (n // 6)}+\n").encode()),
    "directives": _piece("d.rst", ".. ", "a:"),
    "empty directives": _piece("d.rst", "", ".. a::\n\n"),
    "substitutions": _piece("d.rst", "", "|a"),
    "open phrases": _piece("d.rst", "", "`a"),
    "stars": _piece("d.rst", "", "*a **b "),
    "backslashes": _piece("d.rst", "", "\\"),
    "enumerations": _piece("d.rst", "", "(i) x\n"),
    "list tables": _piece("d.rst", ".. list-table::\n\n", "   * - a\n     - b\n"),
    "adornments": _piece("d.rst", "", "=-"),
    "one adornment": _piece("d.rst", "", "="),
}  # fmt: skip

HTML: Mapping[str, Made] = {
    "open tags": _piece("d.html", "<p>", "<a "),
    "open declarations": _piece("d.html", "<p>", "<!"),
    "open sections": _piece("d.html", "<p>", "<![a"),
    "open instructions": _piece("d.html", "<p>", "<?"),
    "open end tags": _piece("d.html", "<p>", "</"),
    "open references": _piece("d.html", "<p>", "&#"),
    "nested boxes": _piece("d.html", "<p>", "<div>"),
    "nested tables": _piece("d.html", "<p>", "<table><tr><td>"),
    "nested lists": _piece("d.html", "<p>", "<ul><li>"),
    "attributes": _piece("d.html", "<p>", "<a x='"),
    "one tag of attributes": _piece("d.html", "<p><a ", "a='"),
    "many attributes": _piece("d.html", "<p><a ", "a=b "),
    "headings": _piece("d.html", "", "<h1>A</h1>"),
    "paragraphs that never close": _piece("d.html", "", "<p><b>"),
    "bold that never closes": _piece("d.html", "<p>", "<b>", "</p>" * 1000),
    "a cell of a thousand million columns": (
        "d.html", lambda n: (f"<p>{START}<table>"
                             + "<tr><td colspan=1000000000 rowspan=1000000000>a<td>b" * (n // 60)).encode()),
    "hidden boxes": _piece("d.html", "", "<div style='display:none'>x</div>"),
    "nested hidden boxes": _piece("d.html", "", "<div hidden>"),
    "comments": _piece("d.html", "<p>", "<!-- "),
    "style sheets": _piece("d.html", "<style>", ".a{color:red}", "</style><p>a b c"),
    "open rules": _piece("d.html", "<style>", ".a ", "</style><p>a b c"),
    "scripts": _piece("d.html", "", "<script>"),
    "lines": _piece("d.html", "<pre>", "a\n"),
    "metadata": _piece("d.html", "", "<meta name=a content=b>"),
}  # fmt: skip

NUMBERS: Mapping[str, Made] = {
    "starts of GitHub tokens": _piece("d.txt", "", "ghp_"),
    "starts of Slack tokens": _piece("d.txt", "", "xoxb-1-"),
    "starts of private keys": _piece("d.txt", "", "BEGIN "),
    "frames of private keys": _piece("d.txt", "", "-----BEGIN PRIVATE KEY-----\n"),
    "frames of PuTTY keys": _piece("d.txt", "", "PuTTY-User-Key-File-2\n"),
    "starts of web tokens": _piece("d.txt", "", "eyJ"),
    "web tokens": _piece("d.txt", "", "eyJhbGciOiJIUzI1NiJ9.eyJhbGciOiJIUzI1NiJ9.x "),
    "passwords in URLs": _piece("d.txt", "", "://a:b"),
    "logins": _piece("d.txt", "", "://a:bc@d "),
    "test cards": _piece("d.txt", "", "4111111111111111 "),
    "digits": _piece("d.txt", "", "4"),
    "digits with blanks": _piece("d.txt", "", "4 "),
    "digits with gaps": _piece("d.txt", "", "4 - "),
    "digits in cells": _piece("d.txt", "", "4        |        "),
    "card, again and again": _piece("d.txt", "", "card 4 1 "),
    "starts of accounts": _piece("d.txt", "", "AB12"),
    "German accounts": _piece("d.txt", "", "DE89 3704 0044 0532 0130 01 "),
    "account starts, apart": _piece("d.txt", "", "D E 8 9 "),
    "names of identity numbers": _piece("d.txt", "", "ssn "),
    "names of accounts": _piece("d.txt", "", "konto "),
    "Base64": ("d.txt", _words("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")),
    "hexadecimal": ("d.txt", _words("0123456789abcdef")),
    "random digits": ("d.txt", _words("0123456789")),
    "random digits and blanks": ("d.txt", _words("0123456789 ")),
    "random letters and blanks": ("d.txt", _words("etaoin shrdlu")),
    "random lines": ("d.txt", _words("etaoin shrdlu\n")),
    "random letters of all alphabets": ("d.txt", _words("abcéßжшщ中文字あア 가나\n")),
}

ORDERS: Mapping[str, Made] = {
    "ignore": _piece("d.txt", "", "ignore "),
    "ignore all previous": _piece("d.txt", "", "ignore all previous "),
    "you are": _piece("d.txt", "", "you are "),
    "as an ai": _piece("d.txt", "", "as an ai "),
    "human": _piece("d.txt", "", "human: "),
    "user": _piece("d.txt", "", "user: "),
    "system": _piece("d.txt", "", "system: "),
    "role": _piece("d.txt", "", '"role": "system", '),
    "call the": _piece("d.txt", "", "call the a_b "),
    "answer only with": _piece("d.txt", "", "answer only with "),
    "do not": _piece("d.txt", "", "do not mention "),
    "if you are": _piece("d.txt", "", "if you are an "),
    "German": _piece("d.txt", "", "ignoriere alle anweisungen "),
    "letters apart": _piece("d.txt", "", "i "),
    "leet": _piece("d.txt", "", "1gn0r3 "),
    "reversed": _piece("d.txt", "", "erongi "),
    "rot13": _piece("d.txt", "", "vtaber "),
    "Base64 of words": _piece("d.txt", "", "aGVsbG8gd29ybGQgdGV4dCBhbmQgbW9yZQ== "),
    "codes of letters": _piece("d.txt", "", "68 65 6c 6c 6f 20 77 6f 72 6c 64 20 61 6e 64 20 6d 6f 72 65 x "),
    "escapes of letters": _piece("d.txt", "", "\\u0068\\u0065\\u006c\\u006c\\u006f\\u0020\\u0061 "),
    "words spelt apart": _piece("d.txt", "", "i g n o r e  a l l xx "),
    "percent": _piece("d.txt", "", "%20"),
    "references": _piece("d.txt", "", "&amp;#"),
    "tags": _piece("d.txt", "", "\U000e0041"),
    "overrides": _piece("d.txt", "", "\u202e"),
    "Chinese": _piece("d.txt", "", "\u5ffd\u7565\u4e4b\u524d"),
    "accents": _piece("d.txt", "", "a\u0301"),
    "hashes": _piece("d.txt", "", "## system "),
    "angles": _piece("d.txt", "", "<|a"),
}

TEXT: Mapping[str, Made] = {
    "lines": _piece("d.txt", "", "a\n"),
    "empty lines": _piece("d.txt", "", "\n"),
    "paragraphs": _piece("d.txt", "", "a b c\n\n"),
    "blanks": _piece("d.txt", "", " ", "x\n"),
    "one word": _piece("d.txt", "", "a"),
    "sentences": _piece("d.txt", "", "A. "),
    "statement keys": _piece("d.txt", "", "access: x\n"),
    "colons": _piece("d.txt", "", "a:"),
    "commas": _piece("d.txt", "", "access,"),
    "carriage returns": _piece("d.txt", "", "\r"),
    "line separators": _piece("d.txt", "", "\u2028"),
    "mojibake": _piece("d.txt", "", "\u00c3\u00a4"),
    "dots": _piece("d.txt", "", "."),
    "dashes": _piece("d.txt", "", "-"),
    "bars": _piece("d.txt", "", "|"),
    "quotes": _piece("d.txt", "", "\"'"),
}


def _zip(parts: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in parts.items():
            archive.writestr(name, raw)
    return packed.getvalue()


TEXTS: Mapping[str, Made] = {
    f"{group}: {name}": made
    for group, table in (
        ("Markdown", MARKDOWN), ("reStructuredText", RST), ("HTML", HTML), ("numbers", NUMBERS), ("orders", ORDERS),
        ("text", TEXT),
    )
    for name, made in table.items()
}  # fmt: skip
"""All of them."""


Passages = list[tuple[tuple[str, ...], str]]


def _prices(n: int, head: str, tail: str = "") -> Passages:
    lines = [f"- item {i} costs {i * 7 % 1000} crowns a day{tail}" for i in range(n // 40)]
    return [((head,), "\n".join(lines))]


def _moved(passages: Passages) -> tuple[Passages, Passages]:
    """Return a list, and the same list under another heading."""
    text = passages[0][1]
    return [*passages, (("Other",), "x y z")], [(("Prices",), "gone away"), (("Other",), f"{text}\nx y z")]


def _headings(n: int, name: str) -> Passages:
    return [((f"{name} {i}",), f"It fixes bug {i} in part {i}.") for i in range(n // 40)]


EDITS: Mapping[str, Callable[[int], tuple[Passages, Passages]]] = {
    "all alike": lambda n: (_prices(n, "P"), _prices(n, "P")),
    "nothing alike": lambda n: (_prices(n, "P"), [(("Q",), "a lamp is lit at night. " * (n // 24))]),
    "every line edited": lambda n: (_prices(n, "P"), _prices(n, "P", " net")),
    "list moved under another heading": lambda n: _moved(_prices(n, "Prices")),
    "equal lines moved under another heading": lambda n: _moved([(("Prices",), "- see the table above\n" * (n // 22))]),
    "reversed order": lambda n: (
        _prices(n, "P"), [(("P",), "\n".join(reversed(_prices(n, "P")[0][1].split("\n"))))],
    ),
    "many headings renamed": lambda n: (_headings(n, "Release"), _headings(n, "Version")),
    "one paragraph reworded": lambda n: (
        [(("P",), " ".join(f"word{i}" for i in range(n // 10)))],
        [(("P",), " ".join(f"ward{i}" for i in range(n // 10)))],
    ),
    "one long line without spaces": lambda n: ([(("P",), "a1-" * (n // 3))], [(("P",), "a2-" * (n // 3))]),
}  # fmt: skip
"""Name → function from a size to a text and its edited version."""
