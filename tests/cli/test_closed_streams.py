"""A reader that has gone (``| head``), and a stream that the caller closed, end a command quietly."""

import subprocess
import sys

COMMAND = [sys.executable, "-c", "from pointsman.cli import main; main()", "--version"]


def test_a_reader_that_has_gone_gets_no_traceback() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_a_closed_stream_loses_what_is_written_there_and_nothing_else() -> None:
    for stream, shown in ((">&-", False), ("2>&-", True)):
        done = subprocess.run(
            ["/bin/sh", "-c", f'"$@" {stream}', "sh", *COMMAND], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("pointsman ") == shown
