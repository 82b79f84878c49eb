"""The weights track: train what the decision names, and let the gate rule on it."""
