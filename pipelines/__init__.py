"""What depends on what: one file for each stage of dvc.yaml; params and paths in, files out."""
