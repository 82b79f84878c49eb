"""params.yaml, the workspace and the environment."""
