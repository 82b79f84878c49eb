"""Erasure of a document: its traces, their redaction, and tombstones."""
