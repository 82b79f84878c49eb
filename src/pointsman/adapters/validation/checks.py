"""Named checks of documents, chunks, examples, probes and training pairs, each with its reason and the way out."""

from dataclasses import dataclass
from typing import Any

from pointsman.core.supervision.retriever_pairs import NEAREST
from pointsman.settings.params import Guard

ALLOW = "where it is an example, allow it: pointsman quarantine --allow DOCUMENT --until DATE"
"""The way out of a false alarm."""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One named check of one column. None (or NaN) in the column means that there is nothing to judge."""

    name: str
    column: str
    reason: str
    """Template with ``{value}``, the row's value, and ``{limit}``; it ends with the way out."""
    low: float | None = None
    """The value must be at least this."""
    high: float | None = None
    """The value must be at most this."""
    must_be: bool | None = None
    """The value must be this."""

    @property
    def limit(self) -> float | bool | None:
        """The limit that the value is compared with."""
        return next((limit for limit in (self.low, self.high, self.must_be) if limit is not None), None)

    @property
    def kind(self) -> str:
        """``number``, ``truth``, or ``absent`` for a column that must be empty."""
        if self.low is not None or self.high is not None:
            return "number"
        return "absent" if self.must_be is None else "truth"

    def explain(self, value: Any) -> str:
        """Return the reason for a value that fails."""
        return self.reason.format(value=_plain(value), limit=_plain(self.limit))


def _plain(value: Any) -> Any:
    """Return a number as people write it; other values as they are."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 3)
    return value


def checks(guard: Guard, *, max_tokens: int, max_chunk_tokens: int | None = None) -> dict[str, tuple[RowCheck, ...]]:
    """Return the checks of every suite, in the order in which their reasons are given.

    An example has at most ``max_tokens``; a chunk at most ``max_chunk_tokens``, or ``max_tokens`` when that is None.
    """
    return {
        "documents": (*_file_checks(guard), *_text_checks(guard)),
        "chunks": _chunk_checks(max_tokens if max_chunk_tokens is None else max_chunk_tokens),
        "examples": (*_shape_checks(), *_content_checks(max_tokens), *_screen_checks("example", guard)),
        "probes": (*_probe_checks(), *_screen_checks("probe", guard)),
        "pairs": _pair_checks(),
    }


def _file_checks(guard: Guard) -> tuple[RowCheck, ...]:
    """Return the checks of a document's file."""
    return (
        RowCheck("readable", "problem", "it cannot be opened: {value}; correct that or exclude it"),
        RowCheck(
            "size",
            "size",
            "document has {value} bytes, the limit is {limit}; raise guard.max_bytes or exclude it",
            high=guard.max_bytes,
        ),
        RowCheck(
            "text",
            "is_binary",
            "document is binary (NUL bytes or many control characters); exclude it or save it as UTF-8 text",
            must_be=False,
        ),
        RowCheck("format", "unreadable", "document {value}"),
        RowCheck("utf8", "utf8_ok", "document is not UTF-8; save it as UTF-8 or exclude it", must_be=True),
    )


def _text_checks(guard: Guard) -> tuple[RowCheck, ...]:
    """Return the checks of a document's text."""
    return (
        RowCheck(
            "words",
            "words",
            "document has {value} words, the least is {limit}; add text, lower guard.min_words or exclude it",
            low=guard.min_words,
        ),
        RowCheck(
            "navigation",
            "link_share",
            "document is only navigation: links are a share of {value} of its words, the limit is {limit}; "
            "add text, raise guard.max_link_share or exclude it",
            high=guard.max_link_share,
        ),
        RowCheck(
            "copies",
            "copies",
            f"the same text comes {{value}} times before it and {guard.max_copies} copies are kept; "
            "remove the copies or raise guard.max_copies",
            high=guard.max_copies - 1,
        ),
        RowCheck(
            "secrets",
            "secrets",
            f"document holds credentials: {{value}}; remove and revoke them, exclude the document, or {ALLOW}",
        ),
        *_personal_checks(guard),
        RowCheck("access", "access", "its access tags cannot be trusted, so it is not published: {value}"),
    )


def _personal_checks(guard: Guard) -> tuple[RowCheck, ...]:
    """Return the check that keeps people's account numbers from readers; none when params.yaml serves them."""
    if guard.personal_data == "serve":
        return ()
    reason = (
        f"document holds account or identity numbers of people: {{value}}; remove them, exclude the document, {ALLOW}, "
        "or set guard.personal_data to serve where all are examples"
    )
    return (RowCheck("personal", "personal", reason),)


def _screen_checks(what: str, guard: Guard) -> tuple[RowCheck, ...]:
    """Return the checks that keep secrets and people's numbers out of prompts, adapters and the record."""
    secrets = RowCheck(
        "secrets", "secrets", f"{what} holds credentials: {{value}}; write a placeholder such as xxxx, and revoke them"
    )
    if guard.personal_data == "serve":
        return (secrets,)
    reason = f"{what} holds account or identity numbers of people: {{value}}; write a placeholder such as xxxx"
    return (secrets, RowCheck("personal", "personal", reason))


def _chunk_checks(max_tokens: int) -> tuple[RowCheck, ...]:
    """Return the checks of a chunk before it is embedded."""
    return (
        RowCheck(
            "text",
            "text_length",
            "chunk has {value} characters, the least is {limit}; correct its document",
            low=1,
        ),
        RowCheck(
            "tokens",
            "tokens",
            "chunk has {value} tokens, the limit is {limit}, where the embedder cuts it off; "
            "raise chunking.max_tokens or break up its longest line",
            high=max_tokens,
        ),
    )


def _shape_checks() -> tuple[RowCheck, ...]:
    """Return the checks of an example's messages: they must be a conversation that ends with an answer."""
    return (
        RowCheck("parses", "parse_error", "example cannot be read: {value}"),
        RowCheck(
            "roles",
            "roles_ok",
            "roles must be system, user and assistant, in turns; correct messages",
            must_be=True,
        ),
        RowCheck(
            "assistant_last",
            "last_is_assistant",
            "the last message is not the assistant's, so there is nothing to learn; add the answer",
            must_be=True,
        ),
        RowCheck(
            "completion",
            "completion_length",
            "the answer has {value} characters, the least is {limit}; write it or remove the example",
            low=1,
        ),
    )


def _content_checks(max_tokens: int) -> tuple[RowCheck, ...]:
    """Return the checks of an example's content, against the other examples and the store."""
    return (
        RowCheck("cites", "missing_cites", "cites documents that are not in the store: {value}; correct cites"),
        RowCheck(
            "id", "id_of", "another example ({value}) has the same id and says something else; give each its own id"
        ),
        RowCheck(
            "schema",
            "off_schema",
            "its answer is not what examples.schema asks for: {value}; correct the answer or the schema",
        ),
        RowCheck("unique", "duplicate_of", "says the same as example {value}; remove one of the two"),
        RowCheck(
            "consistent",
            "contradicts",
            "answers the same question as example {value} in another way; keep the right one",
        ),
        RowCheck(
            "tokens",
            "tokens",
            "example has {value} tokens, the limit is {limit}; shorten it or raise generator.lora.max_length",
            high=max_tokens,
        ),
    )


def _probe_checks() -> tuple[RowCheck, ...]:
    """Return the checks of a probe before anything is measured with it."""
    return (
        RowCheck("parses", "parse_error", "probe cannot be read: {value}"),
        RowCheck(
            "question",
            "question_length",
            "the question has {value} characters, the least is {limit}; write it or remove the probe",
            low=1,
        ),
        RowCheck(
            "documents",
            "missing_documents",
            "the documents that answer it are not in the store: {value}; correct documents or remove it",
        ),
    )


def _pair_checks() -> tuple[RowCheck, ...]:
    """Return the checks of a training pair before the embedder learns from it."""
    return (
        RowCheck(
            "query", "query_length", "the query has {value} characters, the least is {limit}; correct its source", low=1
        ),
        RowCheck("passage", "passage_length", "the passage has {value} characters, the least is {limit}", low=1),
        RowCheck(
            "unique", "asked_before", "the query comes {value} times before it; keep one passage for each query", high=0
        ),
        RowCheck("negatives", "own_negatives", "a negative is of a document that answers the query: {value}"),
        RowCheck(
            "false_negatives",
            "nearest",
            "a negative has {value} of the positive's score, the limit is {limit}: it may answer the query too",
            high=NEAREST,
        ),
    )
