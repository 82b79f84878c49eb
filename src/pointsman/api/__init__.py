"""Pointsman as a Python library: everything the command line does, with typed results.

``from pointsman import Workspace`` is the way in; nothing heavy is loaded before a method needs it.
"""
