"""Asks the package registry for known vulnerabilities of every locked package; `make check` runs it.

A vulnerability ends with exit code 1, unless ``IGNORED`` gives the reason why it does not concern Pointsman. What the
registry could not be asked about is counted and said: it is not called safe.

    python -m bench.quality.dependencies
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "requirements-nodeps.lock")
IGNORED: Mapping[str, str] = {}
"""Id of a vulnerability → why it does not concern Pointsman."""

UNREACHABLE = ("ConnectionError", "ServiceError", "Max retries exceeded", "ReadTimeout", "ConnectTimeout")
"""Words in the output of pip-audit when the registry does not answer."""


def main() -> int:
    """Print what was found, and return the exit code."""
    failed = 0
    for lock in LOCKS:
        if not Path(lock).is_file():
            continue
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "-r", lock, "--no-deps", "--disable-pip", "--progress-spinner", "off",
             "--format", "json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not done.stdout.strip():
            reason = next((word for word in UNREACHABLE if word in done.stderr), None)
            sys.stderr.write(f"{lock}: NOT AUDITED: {reason or done.stderr[-2000:]}\n")
            failed |= reason is None
            continue
        failed |= say(lock, json.loads(done.stdout)["dependencies"])
    return int(failed)


def say(lock: str, packages: list[Mapping[str, Any]]) -> bool:
    """Print the vulnerabilities of a lock file's packages; return whether one is not ignored."""
    skipped = sum("skip_reason" in each for each in packages)
    found = [(each, vulnerability) for each in packages for vulnerability in each.get("vulns", ())]
    for each, vulnerability in found:
        names = [vulnerability["id"], *vulnerability.get("aliases", ())]
        why = next((IGNORED[name] for name in names if name in IGNORED), None)
        fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no version"
        sys.stdout.write(f"{each['name']} {each['version']}: {names[0]}, fixed in {fixed}; {why or 'NOT IGNORED'}\n")
    unknown = f"; {skipped} versions are not known to the registry and were NOT AUDITED" if skipped else ""
    audited = f"{len(packages) - skipped} of {len(packages)} packages audited"
    sys.stdout.write(f"{lock}: {audited}, {len(found)} found{unknown}\n")
    return any(not {v["id"], *v.get("aliases", ())} & IGNORED.keys() for _, v in found)


if __name__ == "__main__":
    sys.exit(main())
