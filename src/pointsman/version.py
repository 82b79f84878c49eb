"""The version of the package: the one place that names it."""

__version__ = "2.0.0"
