"""Staying in step with upstream: the lock, the three-way merge, the ledger of upstream commits (docs/resync.md)."""
