"""Pointsman keeps an assistant's knowledge current: re-index, retrain, both or neither, measured and shipped as one."""

__version__ = "0.1.0"
