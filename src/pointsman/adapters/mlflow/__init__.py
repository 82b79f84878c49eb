"""MLflow: runs, registry, and a copy of the ledger."""
