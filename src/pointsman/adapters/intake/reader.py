"""Reads and measures documents within limits: a document that takes too long, or too much, is refused alone.

Small texts are read in this process, because a worker takes a fifth of a second to start: every reader of text takes
time in proportion to the text. PDF and DOCX are read by foreign libraries, and what is large is read in a worker.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from pointsman.adapters.intake.worker import MEMORY, Overrun, TooSlow, Worker
from pointsman.adapters.parsers.document import parse_and_measure, read_document
from pointsman.adapters.parsers.formats import BINARY, Formats
from pointsman.adapters.validation.allow_list import NOTHING_ALLOWED, AllowList
from pointsman.core.corpus.access import AccessRule
from pointsman.core.corpus.documents import Document
from pointsman.core.errors import Unreadable

READ_HERE = 32_768
"""Bytes of a text up to which it is read in this process."""

Read = tuple[Document | None, dict[str, Any]]
"""The blocks of a document (None where it cannot be read), and the columns that it is judged by."""


class Bounded:
    """Calls a function for one document after the other, and refuses a document on which it takes too much."""

    def __init__(
        self,
        function: Callable[[str, bytes], Any],
        format_of: Callable[[str], str],
        *,
        seconds: float,
        memory: int = MEMORY,
        here: int = READ_HERE,
    ) -> None:
        """Take what is done with a document, what names its format, and the limits.

        Args:
            function: takes a document's id and bytes; it must be picklable.
            format_of: from a document's id to its format.
            seconds: processor time of one document (``guard.max_seconds``).
            memory: bytes of address space of the worker.
            here: bytes up to which a text is read in this process.
        """
        self._function, self._format_of, self._here = function, format_of, here
        self._worker = Worker(function, seconds=seconds, memory=memory)

    def __call__(self, document: str, raw: bytes) -> Any:
        """Return what the function returns.

        Raises:
            Unreadable: it takes more than its limits, or ends its process.
            ListingFailed: no worker could be started.
            Exception: what the function raised.
        """
        if len(raw) <= self._here and self._format_of(document) not in BINARY:
            return self._function(document, raw)
        try:
            return self._worker(document, raw)
        except TooSlow as error:
            raise Unreadable(
                f"{error} of processor time to read, which is the limit; "
                "split it, raise guard.max_seconds or exclude it"
            ) from error
        except Overrun as error:
            raise Unreadable(f"{error} when it is read; split it, save it again or exclude it") from error


class BoundedReader(Bounded):
    """Parses and measures documents; what takes too much is a document that cannot be read."""

    def __call__(self, document: str, raw: bytes) -> Read:
        """Return the blocks of a document, and the columns that it is judged by."""
        try:
            read: Read = super().__call__(document, raw)
        except Unreadable as error:
            return _unread(str(error))
        return read


def bounded_reader(
    formats: Formats, rule: AccessRule, *, seconds: float, allowed: AllowList = NOTHING_ALLOWED
) -> BoundedReader:
    """Return what reads and measures the documents of a workspace within ``seconds`` each."""
    read = partial(parse_and_measure, formats=formats, rule=rule, allowed=allowed)
    return BoundedReader(read, formats.format_of, seconds=seconds)


def bounded_parser(formats: Formats, rule: AccessRule, *, seconds: float) -> Bounded:
    """Return what parses the documents of a workspace again.

    It may take twice the time in which a document was read and checked, so that none fails that passed before.
    """
    return Bounded(partial(read_document, formats=formats, rule=rule), formats.format_of, seconds=2 * seconds)


def _unread(why: str) -> Read:
    """Return the columns of a document that could not be read, and why."""
    return None, {
        "is_binary": False, "utf8_ok": True, "words": None, "link_share": None, "unreadable": why, "access": None,
        "secrets": None, "personal": None,
    }  # fmt: skip
