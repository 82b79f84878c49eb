"""Examples and probes that people write, and what they are true for."""
