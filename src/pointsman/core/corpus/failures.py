"""What is said of one item that could not be read: a plain sentence, and nothing of the item's own text."""

from collections.abc import Iterable
from traceback import walk_tb

from pointsman.core.corpus.documents import Document

HALF_CHARACTER = "it holds half of a character (a surrogate without its other half); save it again as UTF-8 text"
"""Why a text with a lone surrogate is refused: no file, index or model can hold it."""

TOO_DEEP = "it is nested too deeply to be read; make it flatter"
TOO_LARGE = "there is not enough memory to read it; split it or exclude it"


def failure_of(error: Exception) -> str:
    """Return why an item could not be read, as a sentence about "it" with the way out.

    An error that nobody foresaw is named by its kind and by the place in the code. Its message is left out, because it
    may quote restricted text.
    """
    if isinstance(error, RecursionError):
        return TOO_DEEP
    if isinstance(error, MemoryError):
        return TOO_LARGE
    if isinstance(error, UnicodeEncodeError) and error.reason.startswith("surrogates"):
        return HALF_CHARACTER
    return f"its reader failed on it ({type(error).__name__}{_place(error)}); exclude it, and report this as a fault"


def _place(error: Exception) -> str:
    """Return the file and line that raised an error; empty where none is known."""
    last = None
    for frame, line in walk_tb(error.__traceback__):
        name = frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
        last = f" in {name}, line {line}"
    return last or ""


def is_whole(text: str) -> bool:
    """Return whether a text has no lone surrogate, so that it can be written as UTF-8."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_whole_document(document: Document) -> bool:
    """Return whether no text, anchor or value of a document has a lone surrogate."""
    return all(is_whole(text) for text in _texts(document))


def _texts(document: Document) -> Iterable[str]:
    for block in document.blocks:
        yield block.text
        yield block.anchor or ""
    for key, value in document.metadata.items():
        yield key
        yield from [value] if isinstance(value, str) else value
