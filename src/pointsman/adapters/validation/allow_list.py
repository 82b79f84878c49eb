"""The allow-list: what a person reviewed and said may be served although a check finds it. It lives in ``allow.yaml``.

An entry names a document, a fingerprint, who, until when and why. It covers that very value in that document: another
one on the same page is refused. The file holds fingerprints alone, so it can be reviewed in git.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pointsman.core.errors import UsageError
from pointsman.core.glob_patterns import compiled
from pointsman.core.hashing import content_id, digest

FILE = "allow.yaml"
"""Its name in the workspace."""
HEADER = """\
# Credentials, account numbers and identity numbers that may be served, because a person looked at them.
# `pointsman quarantine --allow DOCUMENT --until DATE --by NAME --note TEXT` adds an entry; to take it back, delete it.
# The fingerprint is a salted hash of what was found. After its date an entry no longer counts.
"""
KEYS = ("document", "fingerprint", "kind", "by", "until", "note")
NEEDED = ("document", "fingerprint", "by", "until")
SALT_LENGTH, HASH_LENGTH = 8, 32
"""Hex characters of the two parts of a fingerprint, which a colon joins."""
ROUNDS = 2**12
"""Cost of the hash (scrypt's N): about 10 ms, so that trying all card numbers takes years."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One entry."""

    document: str
    """Document id, or a glob pattern of ids."""
    fingerprint: str
    """Salt and hash of the finding's kind and value, with a colon between."""
    by: str
    """Who reviewed it."""
    until: date
    """The last day on which it counts."""
    kind: str = ""
    """What was found, for people."""
    note: str = ""
    """Why it may be served."""

    def is_for(self, document: str) -> bool:
        """Return whether it names a document."""
        return self.document == document or compiled([self.document]).fullmatch(document) is not None


@dataclass(frozen=True)
class AllowList:
    """The entries of a workspace on one day."""

    entries: tuple[Allowance, ...] = ()
    today: date = date.min
    """The day on which it is asked. Entries whose last day is before it do not count."""
    path: str = field(default=FILE, compare=False)

    @property
    def id(self) -> str:
        """Id of the entries that count today; empty without any. It changes when a document must be judged again."""
        valid = [[each.document, each.fingerprint] for each in self.entries if each.until >= self.today]
        ended = [[each.document, each.fingerprint] for each in self.entries if each.until < self.today]
        return content_id([valid, ended]) if self.entries else ""

    def of(self, document: str, *, kind: str, value: str) -> Allowance | None:
        """Return the entry for a finding of a document: one that counts today before one that has ended."""
        named = [
            each
            for each in self.entries
            if each.is_for(document) and fingerprint(kind, value, each.fingerprint[:SALT_LENGTH]) == each.fingerprint
        ]
        return max(named, key=lambda each: each.until, default=None)


NOTHING_ALLOWED = AllowList()
"""The list of a workspace without the file."""


def salt_of(document: str) -> str:
    """Return the salt with which the findings of a document are shown: the same value differs between documents."""
    return digest(f"allow\n{document}")[:SALT_LENGTH]


@lru_cache(maxsize=4096)
def fingerprint(kind: str, value: str, salt: str) -> str:
    """Return salt and hash of a finding."""
    hashed = hashlib.scrypt(f"{kind}\n{value}".encode(), salt=salt.encode(), n=ROUNDS, r=8, p=1, dklen=HASH_LENGTH // 2)
    return f"{salt}:{hashed.hex()}"


def read_allow_list(root: Path, today: date) -> AllowList:
    """Return the allow-list of a workspace; an empty one where there is no file.

    Raises:
        UsageError: the file cannot be used; the message names the entry.
    """
    path = root / FILE
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return AllowList(today=today)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{FILE} cannot be read: {error}", way_out=f"correct {path}") from None
    if rows is None:
        return AllowList(today=today)
    if not isinstance(rows, list):
        raise UsageError(f"{FILE} is a {type(rows).__name__}, not a list of entries", way_out=f"correct {path}")
    return AllowList(tuple(_entry(number, row) for number, row in enumerate(rows, 1)), today)


def _entry(number: int, row: Any) -> Allowance:
    """Return an entry.

    Raises:
        UsageError: it lacks a key, has an unknown one, or a wrong value.
    """
    where, way_out = f"{FILE}, entry {number}", f"correct that entry of {FILE} or delete it"
    if not isinstance(row, Mapping):
        raise UsageError(f"{where} is {row!r:.80}, not a mapping", way_out=way_out)
    missing, unknown = [key for key in NEEDED if not row.get(key)], sorted(map(str, row.keys() - set(KEYS)))
    if missing or unknown:
        said = [f"it lacks {', '.join(missing)}"] * bool(missing) + [f"{', '.join(unknown)} is no key"] * bool(unknown)
        raise UsageError(f"{where}: {'; '.join(said)}; the keys are {', '.join(KEYS)}", way_out=way_out)
    if type(row["until"]) is not date:
        raise UsageError(f"{where}: until is {row['until']!r}, not a date such as 2027-03-31", way_out=way_out)
    texts = {key: str(row.get(key) or "") for key in KEYS if key != "until"}
    salt, _, hashed = texts["fingerprint"].partition(":")
    if len(salt) != SALT_LENGTH or len(hashed) != HASH_LENGTH:
        raise UsageError(
            f"{where}: fingerprint is {texts['fingerprint']!r:.80}, not a whole one; let the command write it",
            way_out=way_out,
        )
    return Allowance(**texts, until=row["until"])


def add_entries(root: Path, entries: Sequence[Allowance]) -> Path:
    """Add entries at the end of the file, which keeps its comments; return its path."""
    path = root / FILE
    before = path.read_text(encoding="utf-8") if path.is_file() else HEADER
    rows = [{key: getattr(each, key) for key in KEYS if getattr(each, key)} for each in entries]
    # one by one: entries of one dump would share their date by an anchor, and nobody could delete the first
    added = "".join(yaml.safe_dump([row], sort_keys=False, allow_unicode=True, width=1000) for row in rows)
    path.write_text(f"{before.rstrip()}\n{added}", encoding="utf-8")
    return path
