"""What the ledger holds: releases, approvals, lineage, tombstones, the write lease."""
