"""Protocols behind which a vendor stands; each has a fake in ``tests/fakes`` held to the same contract tests."""
