"""What the stages of dvc.yaml run; the workspace's ``pipelines/`` are their entry points."""
