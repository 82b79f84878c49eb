"""Results as small tables, for the terminal and for a notebook."""
