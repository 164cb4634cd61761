"""What Evertunnel knows on the inside host: one SQLite file, read and written in transactions.

`open_store` gives a Store, `migrate` makes or renews the file, `audit` writes the trail. Each domain declares its own
tables on `metadata` in its records.py; what changes a table is a numbered migration. Knows nothing of VPNs.
"""

from evertunnel.store.connection import REVISION, Store, insert_many, metadata, open_store, version
from evertunnel.store.migrate import migrate

__all__ = ["REVISION", "Store", "insert_many", "metadata", "migrate", "open_store", "version"]
