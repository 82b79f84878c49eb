"""Promote a release, or go back to an earlier one."""
