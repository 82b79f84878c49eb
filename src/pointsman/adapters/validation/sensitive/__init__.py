"""What secrets and personal numbers look like, and what only looks like them."""
