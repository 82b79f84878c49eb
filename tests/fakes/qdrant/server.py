"""A Qdrant server on localhost that records every request and fails where a test says so.

It speaks the REST API, the only one that the adapters use (they never ask for gRPC). Points, filters and rankings are
those of qdrant-client's local mode (``routes``).
"""

import json
import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes.qdrant.routes import Refusal, Routes

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that sends RST instead of FIN."""


@dataclass(frozen=True)
class Sent:
    """A request that arrived."""

    method: str
    path: str
    body: Any
    size: int
    """Bytes of the body."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Trouble:
    """What goes wrong with the next ``times`` requests that match."""

    kind: str
    """``status``, ``slow``, ``reset`` (nothing applied), ``lost`` (applied, then reset), ``cut`` (half of the answer),
    ``broken`` (half of the JSON, as if whole), ``answer`` (another body)."""
    where: str = ""
    """Regular expression of "METHOD /path"."""
    times: int = 1
    after: int = 0
    """Matching requests that go well first."""
    status: int = 503
    message: str = "Service unavailable"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    body: bytes = b""


ROUGH = (
    Trouble("status", status=503),
    Trouble("status", status=500, message="Service internal error: Failed to apply update with Strong ordering"),
    Trouble("status", status=429, message="Rate limit exceeded", headers={"Retry-After": "0.01"}),
    Trouble("status", status=429, message="Rate limit exceeded"),
    Trouble("reset"),
    Trouble("lost"),
    Trouble("cut"),
    Trouble("broken"),
    Trouble("slow", seconds=0.02),
)
"""What goes wrong with a request in rough weather."""


class QdrantServer:
    """A server that a test can start, stop, and make fail; its data survive a stop."""

    def __init__(self, version: str = "1.20.0", *, api_key: str | None = None) -> None:
        self.routes = Routes(version)
        self.api_key = api_key
        self.sent: list[Sent] = []
        self.troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._drawn: random.Random | None = None
        self._share = 0.0
        self._failed = False
        self._http: ThreadingHTTPServer | None = None
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._http = _Listener(self._port, self)
        self._port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def away(self, seconds: float) -> threading.Timer:
        """Refuse connections for so many seconds."""
        self.stop()
        back = threading.Timer(seconds, self.start)
        back.daemon = True
        back.start()
        return back

    def trouble(self, kind: str, where: str = "", **more: Any) -> None:
        self.troubles.append(Trouble(kind, where, **more))

    def strict(self, **limits: Any) -> None:
        """Put every collection into strict mode, those that are made later too."""
        self.routes.limits = limits

    @contextmanager
    def recorded(self) -> Iterator[list[Sent]]:
        """Collect the requests that arrive meanwhile."""
        found: list[Sent] = []
        first = len(self.sent)
        yield found
        found += self.sent[first:]

    def counts(self) -> Counter[str]:
        return Counter(str(each) for each in self.sent)

    def roughen(self, seed: int, share: float = 0.2) -> None:
        """Let that share of all requests fail, drawn with ``seed``; never two in a row."""
        self._drawn, self._share = random.Random(seed), share

    def due(self, request: Sent) -> Trouble | None:
        """Return what goes wrong with a request, and count it."""
        with self._lock:
            self.sent.append(request)
            if self._drawn is not None and not self._failed and self._drawn.random() < self._share:
                self._failed = True
                return self._drawn.choice(ROUGH)
            self._failed = False
            for each in self.troubles:
                if each.times > 0 and re.search(each.where, str(request)):
                    if each.after > 0:
                        each.after -= 1
                        continue
                    each.times -= 1
                    return each
        return None


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int, stub: QdrantServer) -> None:
        self.stub = stub
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        """End the kept connections too, as the end of a process does."""
        super().server_close()
        for each in self.open:
            with _quiet():
                each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that went away is no error here."""


@contextmanager
def _quiet() -> Iterator[None]:
    with suppress(OSError):
        yield


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "_Listener"

    def answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        sent = Sent(self.command, path, json.loads(raw) if raw else None, len(raw))
        trouble = self.server.stub.due(sent)
        if trouble is not None and trouble.kind == "slow":
            time.sleep(trouble.seconds)
        if trouble is not None and trouble.kind == "reset":
            self.reset()
        elif trouble is not None and trouble.kind == "status":
            self.write(trouble.status, _failed(trouble.message), trouble.headers)
        elif trouble is not None and trouble.kind == "answer":
            self.write(trouble.status, trouble.body, trouble.headers)
        else:
            self.finish_with(trouble.kind if trouble else "", *self.applied(sent))

    def applied(self, sent: Sent) -> tuple[int, bytes]:
        if (
            self.server.stub.api_key is not None
            and self.headers.get("api-key") != self.server.stub.api_key
            and sent.path != "/"
        ):
            return 401, b"Must provide an API key or an Authorization bearer token"
        try:
            result = self.server.stub.routes.answer(sent.method, sent.path, sent.body, sent.size)
        except Refusal as refusal:
            return refusal.status, _failed(str(refusal))
        except Exception as error:  # noqa: BLE001 - what qdrant-client's local mode refuses, a server refuses too
            return 400, _failed(f"Bad request: {type(error).__name__}: {error}")
        return 200, result if isinstance(result, bytes) else json.dumps(result).encode()

    def finish_with(self, kind: str, status: int, body: bytes) -> None:
        if kind == "lost":
            self.reset()
        elif kind == "cut":
            self.write(status, body[: len(body) // 2], length=len(body))
            self.reset()
        else:
            self.write(status, body[: len(body) // 2] if kind == "broken" else body)

    def write(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, *, length: int | None = None
    ) -> None:
        self.send_response(status)
        more = {"Content-Type": "application/json", **(headers or {})}
        for name, value in (more | {"Content-Length": str(len(body) if length is None else length)}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def reset(self) -> None:
        self.close_connection = True
        with _quiet():
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.connection.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = answer  # noqa: N815 - the names of http.server

    def log_message(self, *_: Any) -> None:
        pass


def _failed(message: str) -> bytes:
    return json.dumps({"status": {"error": message}, "time": 0.0}).encode()
