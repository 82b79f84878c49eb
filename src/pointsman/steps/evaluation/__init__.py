"""Evaluate: probes on the staged index, prompts to the generator, baselines, causes of failure."""
