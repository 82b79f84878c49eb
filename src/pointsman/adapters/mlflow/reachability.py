"""Checks in seconds whether a tracking URI can be used; MLflow's own client takes minutes to give up."""

import os
import socket
import sqlite3
import urllib.request
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 2.0
"""Seconds to wait for an answer."""
PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}


def problem_with(uri: str) -> str | None:
    """Return None if the database or server at ``uri`` can be used, else the reason why not."""
    scheme = urlsplit(uri).scheme.partition("+")[0]
    if scheme == "sqlite":
        return _file_problem(sqlite_path(uri))
    if scheme in {"http", "https"}:
        return _server_problem(uri)
    if scheme in PORTS:
        return _socket_problem(uri, PORTS[scheme])
    return f"{scheme!r} is not one of sqlite, {', '.join(PORTS)}; set MLFLOW_TRACKING_URI to one of these"


def sqlite_path(uri: str) -> Path:
    """Return the file of ``sqlite:///file`` (relative) or ``sqlite:////file`` (absolute)."""
    return Path(uri.partition(":///")[2].partition("?")[0])


def _file_problem(path: Path) -> str | None:
    if not path.name:
        return "a database in memory is lost when the process ends; name a file"
    if not path.exists():
        parent = next(p for p in path.resolve().parents if p.exists())
        usable = parent.is_dir() and os.access(parent, os.W_OK)
        return None if usable else f"{parent} is not a folder that can be written to"
    try:
        address = f"{path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.Error as error:
        return f"{path}: {error}"
    return None


def _server_problem(uri: str) -> str | None:
    target = urlsplit(uri)
    host = target.netloc.rpartition("@")[2]
    try:
        address = f"{target.scheme}://{host}{target.path.rstrip('/')}/health"
        with urllib.request.urlopen(address, timeout=PATIENCE):  # noqa: S310 - the scheme is http or https here
            return None
    except (OSError, HTTPException, ValueError) as error:
        return f"{host} does not answer: {error}"


def _socket_problem(uri: str, port: int) -> str | None:
    target = urlsplit(uri)
    if target.hostname is None:
        return None  # a local socket, named in the query, which only the driver can open
    address = (target.hostname, target.port or port)
    try:
        socket.create_connection(address, timeout=PATIENCE).close()
    except OSError as error:
        return f"{address[0]}:{address[1]} does not answer: {error}"
    return None
