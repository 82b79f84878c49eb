"""Settings: params.yaml, the folder of a workspace, and environment variables."""
