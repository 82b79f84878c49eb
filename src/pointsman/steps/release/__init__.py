"""Promote a release, or roll back to an earlier one."""
