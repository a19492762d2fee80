"""The database: one file on a laptop or PostgreSQL in production, behind one small set of set-wise verbs."""

from kernel.database.connection import Database
from kernel.database.session import Reader, Row, Tx
from kernel.database.together import Together
from kernel.database.writes import Insert, Update

__all__ = ["Database", "Insert", "Reader", "Row", "Together", "Tx", "Update"]
