"""Training without models: its data, its schedule and its report."""
