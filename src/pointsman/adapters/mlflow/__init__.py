"""MLflow: runs, registered versions, and a copy of the ledger."""
