"""Texts compared with texts: what is alike, what a place lost, which pages are editions of one."""
