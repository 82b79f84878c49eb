"""Looks for secrets and personal numbers in everything of a document that a reader may be served, and in its source."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pointsman.adapters.validation import pii, secrets
from pointsman.adapters.validation.allow_list import NOTHING_ALLOWED, Allowance, AllowList, fingerprint, salt_of
from pointsman.adapters.validation.secrets import FoundValue
from pointsman.adapters.validation.sensitive.folded_text import decode_entities, fold
from pointsman.core.corpus.documents import Block, Document, Metadata

AT_MOST = 100
"""Findings of one check in one text. Where there are more, the document is refused whatever the allow-list says."""
SHOWN = 10
"""Findings that a reason names."""
MARKUP = re.compile(
    r"</?[A-Za-z][^<>\n]{0,300}>|(?<=\w)(?:\*{1,3}|~~|`|\\)(?=\w)|(?<=\w)\\(?=_)"
    r"|(?:\*{1,3}|`)?\\ (?:\*{1,3}|`)?"
)
"""A tag, a mark inside a word or an escaped blank in the served text that the reader's program may not show."""
PARTED = "\n\n"
"""Between two passages."""
NEARBY = 2000
"""Characters of the source, after the block before, in which a block's text is looked for."""
Passage = tuple[int, Block, str]
"""Number of a block from 1, the block, and the text of it that is searched."""
SEARCHES = (("secrets", secrets.secrets_in), ("personal", pii.personal_in))
"""Check → what looks for it in a folded text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One credential or number of a document."""

    check: str
    """``secrets`` or ``personal``."""
    kind: str
    """What it is, for example ``IBAN``."""
    value: str = field(repr=False)
    """Its plain form. It goes into a fingerprint and nowhere else."""
    where: str
    """``line 3``, ``passage 2``, ``metadata title``: never the text."""


def findings_in(blocks: Document, source: str | None) -> list[Finding]:
    """Return what stands in a document: each value once, by its first place.

    Searched are the source (None for formats without a text source), then the passages as they are served, then the
    values of the metadata: a value that markup parts, or entities hide, shows only in the served text.
    """
    found: dict[tuple[str, str], Finding] = {}
    for each in (*_in_source(source), *_in_passages(blocks, source), *_in_metadata(blocks.metadata)):
        found.setdefault((each.kind, each.value), each)
    return list(found.values())


def findings_in_texts(texts: Mapping[str, str]) -> list[Finding]:
    """Return what stands in some named texts, such as the messages of an example."""
    return [
        Finding(check, each.kind, each.value, where=name)
        for name, text in texts.items()
        for check, each, _ in _searched(decode_entities(text))
    ]


def columns_of(
    found: Sequence[Finding], document: str = "", allowed: AllowList = NOTHING_ALLOWED
) -> dict[str, str | None]:
    """Return the columns ``secrets`` and ``personal``: kind, place and fingerprint of what is not allowed, or None."""
    return {check: _column([each for each in found if each.check == check], document, allowed) for check, _ in SEARCHES}


def screen(texts: Mapping[str, str]) -> dict[str, str | None]:
    """Return the columns ``secrets`` and ``personal`` of an example or probe; the allow-list is for documents alone."""
    found = findings_in_texts(texts)
    named = {check: [f"{each.kind} ({each.where})" for each in found if each.check == check] for check, _ in SEARCHES}
    return {check: ", ".join(dict.fromkeys(each)) or None for check, each in named.items()}


def _column(found: Sequence[Finding], document: str, allowed: AllowList) -> str | None:
    refused = refused_of(found, document, allowed)
    said = [_in_words(each, entry, document) for each, entry in refused[:SHOWN]]
    more = [f"and {len(refused) - SHOWN} more"] if len(refused) > SHOWN else []
    return ", ".join([*said, *more]) or None


def refused_of(found: Sequence[Finding], document: str, allowed: AllowList) -> list[tuple[Finding, Allowance | None]]:
    """Return the findings that the allow-list does not cover today, each with its entry that has ended, if any."""
    entries = [(each, allowed.of(document, kind=each.kind, value=each.value)) for each in found[:AT_MOST]]
    refused = [(each, entry) for each, entry in entries if entry is None or entry.until < allowed.today]
    return refused or ([(found[0], None)] if len(found) >= AT_MOST else [])


def _in_words(finding: Finding, ended: Allowance | None, document: str) -> str:
    over = f"; allowed by {ended.by} until {ended.until}, which is over" if ended else ""
    shown = fingerprint(finding.kind, finding.value, salt_of(document))
    return f"{finding.kind} ({finding.where}, fingerprint {shown}{over})"


def _searched(text: str) -> Iterator[tuple[str, FoundValue, str]]:
    """Yield (check, finding, the folded text), for each check in the order of the text."""
    folded = fold(text)
    for check, search in SEARCHES:
        for each in sorted(islice(search(folded), AT_MOST), key=lambda found: found.at):
            yield check, each, folded


def _in_source(source: str | None) -> Iterator[Finding]:
    for check, each, folded in _searched(decode_entities(source or "")):
        yield Finding(check, each.kind, each.value, where=f"line {folded.count(chr(10), 0, each.at) + 1}")


def _in_passages(blocks: Document, source: str | None) -> Iterator[Finding]:
    """Yield what stands in the served text; where it holds markup, also what it shows without it."""
    numbered = list(enumerate(blocks.blocks, 1))
    shown = [(n, block, MARKUP.sub("", block.text)) for n, block in numbered if MARKUP.search(block.text)]
    for passages in (_unlike_source(numbered, source or ""), shown):
        for check, each, _ in _searched(PARTED.join(text for _, _, text in passages)):
            yield Finding(check, each.kind, each.value, where=_place(passages, each.at, source))


def _unlike_source(numbered: Sequence[tuple[int, Block]], source: str) -> list[Passage]:
    """Return the blocks whose text does not stand in the source as it is, where it was searched already."""
    unlike, at = [], 0
    for number, block in numbered:
        found = source.find(block.text, at, at + len(block.text) + NEARBY)
        if found < 0:
            unlike.append((number, block, block.text))
            at = max(at, block.start or 0)
        else:
            at = found + len(block.text)
    return unlike


def _in_metadata(metadata: Metadata) -> Iterator[Finding]:
    for key, value in metadata.items():
        for check, each, _ in _searched(decode_entities(value if isinstance(value, str) else "\n".join(value))):
            yield Finding(check, each.kind, each.value, where=f"metadata {key:.40}")


def _place(passages: Sequence[Passage], at: int, source: str | None) -> str:
    """Return the line or the number of the passage of an offset in the folded texts of some passages."""
    for number, block, text in passages:
        length = len(fold(text)) + len(PARTED)
        if at < length:
            if block.start is None or source is None:
                return f"passage {number}"
            begin = max(((0, block.start), *(mark for mark in block.marks if mark[0] <= at)))[1]
            before = source[:begin].replace("\r\n", "\n").replace("\r", "\n")
            return f"line {before.count(chr(10)) + 1}"
        at -= length
    return "passages"
