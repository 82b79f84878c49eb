"""What this machine computes with."""

import os
import subprocess
import sys


def test_threads_are_told_to_sleep_at_barriers_unless_the_environment_says_otherwise() -> None:
    code = "import os, pointsman.adapters.models.devices; print(os.environ['OMP_WAIT_POLICY'])"
    for said, expected in ((None, "passive"), ("active", "active")):
        kept = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
        env = kept if said is None else kept | {"OMP_WAIT_POLICY": said}
        result = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert result.stdout.strip() == expected
