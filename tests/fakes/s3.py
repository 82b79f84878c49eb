"""Moto's S3 server in this process: it records every request and can fail in the middle of a listing."""

from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class S3Server:
    """A server on a free local port."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        """(LIST, GET, HEAD or PUT, key) of every request so far."""
        self.fail_pages_from: int | None = None
        """Number of answered listing pages before the server fails."""
        self.refused: dict[str, int] = {}
        """Path of an object → status with which a request for it is refused."""
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=MotoRequestHandler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1",
        }  # fmt: skip

    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
        )

    def plant(self, bucket: str, key: str, raw: bytes) -> None:
        """Add an object directly: fast, and not recorded."""
        from moto.backends import get_backend
        from moto.core import DEFAULT_ACCOUNT_ID

        get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, key, raw)

    def counted(self, kind: str) -> int:
        return sum(what == kind for what, _ in self.requests)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        listing = "list-type" in query
        self.requests.append(("LIST" if listing else environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if listing and self.fail_pages_from is not None and self.counted("LIST") > self.fail_pages_from:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"down"]
        if not listing and (status := self.refused.get(environ["PATH_INFO"])):
            start_response(f"{status} Refused", [("Content-Type", "text/plain")])
            return [b"refused"]
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer
