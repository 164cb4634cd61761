"""The store's migrations: numbered, append-only."""
