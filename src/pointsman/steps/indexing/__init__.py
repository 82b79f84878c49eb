"""The index track: prepare, embed, stage, rebuild, collect."""
