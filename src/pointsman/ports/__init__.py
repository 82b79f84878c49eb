"""Protocols that the adapters implement. Each has a fake in ``tests/fakes`` that passes the same contract tests."""
