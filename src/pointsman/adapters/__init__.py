"""One vendor role each; the only door to that vendor."""
