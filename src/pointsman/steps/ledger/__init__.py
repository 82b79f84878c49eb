"""What is stored in the ledger: releases, approvals, lineage, tombstones, the write lease."""
