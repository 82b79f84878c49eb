"""Access statements: the keys, lines and heads that may be one."""
