"""The client of a Qdrant server: it repeats a request while the server is away for a moment, then says so once.

The index and the ledger of a workspace share one client.
"""

import ipaddress
import logging
import re
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pointsman.core.credentials import masked
from pointsman.core.errors import ServerUnusable

if TYPE_CHECKING:
    from httpx import Request, Response
    from qdrant_client import QdrantClient

    Send = Callable[[Request], Response]

LOG = logging.getLogger("pointsman.qdrant")

MAX_WAIT_SECONDS = 30.0
"""Seconds to go on trying a request, where params.yaml is not at hand."""

REQUEST_SECONDS = 60
"""Most seconds for the answer to one request."""

OLDEST = (1, 19)
"""Oldest server version. 1.17 brought conditional writes, which move the live pointer; 1.19 term statistics of what one
reader sees. An older server ignores both in silence."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between the first two attempts, and at most; each pause is twice the one before."""

SAID_AFTER = 1.0
"""Seconds of trying after which a warning says that the server is away."""

CONNECT_SECONDS = 10.0
"""Most seconds for one connection to be made."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which a request is sent again: every write is one that may be repeated."""

BELIEVED_BYTES = 1024 * 1024
"""Bytes of an answer from which on it is not parsed a second time only to see whether it is whole."""

HOPELESS = re.compile(
    r"No space left|disk (?:is )?full|CERTIFICATE_VERIFY_FAILED|WRONG_VERSION|not known|UnsupportedProtocol"
)
"""Failures that no repetition mends."""


def open_client(
    url: str, api_key: str | None = None, *, max_wait: float = MAX_WAIT_SECONDS, timeout: int = REQUEST_SECONDS
) -> "QdrantClient":
    """Return a client of the Qdrant server at ``url`` that repeats a request for ``max_wait`` seconds at most.

    Nothing is sent. Every later request raises ``ServerUnusable`` when the server stays away, refuses, or is too old.

    Raises:
        ServerUnusable: ``url`` is no address of a server.
    """
    import httpx
    from qdrant_client import QdrantClient

    plain: dict[str, Any] = {} if url.startswith("https:") else {"verify": False}  # no certificates to load: 0.05 s
    with warnings.catch_warnings():
        if _on_this_machine(url):  # a key over plain HTTP reaches nobody else
            warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
        try:
            client = QdrantClient(
                url=url,
                api_key=api_key,
                timeout=timeout,
                check_compatibility=False,
                limits=httpx.Limits(),
                **plain,
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise ServerUnusable(
                f"{masked(url, url)!r} is no address of a Qdrant server ({masked(str(error), url)}); "
                "write QDRANT_URL like https://host:6333"
            ) from error
    client.http.client.add_middleware(Patience(masked(url, url), max_wait))
    return client


def _on_this_machine(url: str) -> bool:
    """Return whether an address is of the loopback interface."""
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an attempt failed."""

    why: str
    """What the server or the network said, on one line."""
    passing: bool = True
    """Whether another attempt may succeed."""
    pause: float | None = None
    """Seconds that the server asks to wait; None: it does not say."""


class Patience:
    """A middleware of qdrant-client: sends a request until it is answered, for ``seconds`` at most.

    Before the first request it asks the server for its version, once.
    """

    def __init__(self, server: str, seconds: float) -> None:
        """Take the server's address, without a password, and the most seconds to go on trying one request."""
        self._server = server
        self._seconds = seconds
        self._known = threading.Event()
        self._asking = threading.Lock()

    def __call__(self, request: "Request", send: "Send") -> "Response":
        """Return the answer to a request.

        Raises:
            ServerUnusable: the server does not answer in time, refuses the key or the request, or is too old.
        """
        if not self._known.is_set():
            with self._asking:
                if not self._known.is_set():
                    self._check_version(request, send)
                    self._known.set()
        return self._answered(request, send)

    def _answered(self, request: "Request", send: "Send") -> "Response":
        began = time.monotonic()
        pause, said = FIRST_PAUSE, False
        request.extensions["timeout"] = {**request.extensions.get("timeout", {}), "connect": CONNECT_SECONDS}
        while True:
            trouble = _attempt(request, send)
            if not isinstance(trouble, Trouble):
                return self._accepted(trouble)
            spent = time.monotonic() - began
            left = self._seconds - spent
            if not trouble.passing or left <= 0 or (trouble.pause or 0) > left:
                raise self._lost(trouble, spent)
            wait = trouble.pause or min(pause, left)
            if not said and spent + wait > SAID_AFTER:
                said = True
                LOG.warning("waiting for %s for up to %g s: %s", self._server, self._seconds, trouble.why)
            time.sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _lost(self, trouble: Trouble, spent: float) -> ServerUnusable:
        tried = f"no answer within {spent:.1f} s" if trouble.passing else "it fails"
        return ServerUnusable(
            f"the Qdrant server at {self._server} cannot be used ({tried}: {trouble.why}); start it, correct "
            "QDRANT_URL, or raise qdrant.max_wait_seconds"
        )

    def _accepted(self, response: "Response") -> "Response":
        """Return an answer that is for the caller to read.

        Raises:
            ServerUnusable: the server refuses the key or the request.
        """
        status, why = response.status_code, said_by(response)
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and "Limit exceeded" not in why:
            raise ServerUnusable(
                f"the Qdrant server at {self._server} refuses the key ({status} {why}); correct QDRANT_API_KEY"
            )
        if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}:
            raise ServerUnusable(f"the Qdrant server at {self._server} refuses a request: {why}; {_way_out(why)}")
        return response

    def _check_version(self, request: "Request", send: "Send") -> None:
        """Require a server that knows every field of our requests.

        Raises:
            ServerUnusable: it is too old, or does not say its version.
        """
        from httpx import Request

        path = request.url.raw_path.decode().partition("/collections")[0].rstrip("/")
        extensions = dict(request.extensions)
        root = request.url.copy_with(raw_path=f"{path}/".encode())
        ask = Request("GET", root, headers=_plain(request), extensions=extensions)
        response = self._answered(ask, send)
        found = re.search(rb'"version"\s*:\s*"(\d+)\.(\d+)[^"]*"', response.content)
        if response.status_code != HTTPStatus.OK or found is None:
            raise ServerUnusable(
                f"the server at {self._server} does not say which version of Qdrant it is ({response.status_code}); "
                "let QDRANT_URL name a Qdrant server, with its path if it has one"
            )
        version = (int(found[1]), int(found[2]))
        if version < OLDEST:
            raise ServerUnusable(
                f"the Qdrant server at {self._server} has version {version[0]}.{version[1]}, and Pointsman needs "
                f"{OLDEST[0]}.{OLDEST[1]} or newer: an older one ignores conditional writes (1.17) and the term "
                "statistics of a reader (1.19); upgrade the server, or unset QDRANT_URL"
            )


def _plain(request: "Request") -> dict[str, str]:
    """Return the headers of a request without those of its body."""
    return {name: value for name, value in request.headers.items() if not name.startswith(("content-", "host"))}


def _attempt(request: "Request", send: "Send") -> "Response | Trouble":
    """Send a request once; return the answer, or why there is none."""
    from qdrant_client.http.exceptions import ResponseHandlingException

    try:
        response = send(request)
    except ResponseHandlingException as error:
        why = " ".join(f"{type(error.source).__name__}: {error.source}".split())
        return Trouble(why, passing=not HOPELESS.search(why))
    status = response.status_code
    if status in AGAIN:
        why = f"{status} {said_by(response)}"
        return Trouble(why, passing=not HOPELESS.search(why), pause=_asked_pause(response.headers.get("Retry-After")))
    if status == HTTPStatus.OK and not _whole(response):
        return Trouble(f"an answer of {len(response.content)} bytes that is no whole JSON", passing=not _page(response))
    return response


def _whole(response: "Response") -> bool:
    """Return whether an answer is JSON from its beginning to its end; a long one that says its length is believed."""
    from pydantic_core import from_json

    if len(response.content) > BELIEVED_BYTES and {"content-length", "transfer-encoding"} & set(response.headers):
        return True
    try:
        from_json(response.content)
    except ValueError:
        return False
    return True


def _page(response: "Response") -> bool:
    """Return whether an answer is a web page: something else than Qdrant answers at this address."""
    return "html" in response.headers.get("content-type", "")


def said_by(response: "Response") -> str:
    """Return what an answer says about an error, on one line of at most 300 characters; empty for a success."""
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return ""
    found = re.search(r'"error"\s*:\s*"((?:[^"\\]|\\.){0,600})', response.text[:2000])
    text = found[1].replace('\\"', '"') if found else response.text[:300]
    return " ".join(text.split())[:300] or response.reason_phrase


def _asked_pause(header: str | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header: a number, or a date."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _way_out(why: str) -> str:
    if "Index required" in why:
        return "run `pointsman doctor --repair` to make the payload index again"
    return "change the limits of the collection (strict mode), or report it"
