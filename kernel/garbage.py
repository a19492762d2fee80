"""Python's collector of reference cycles, set for a process that serves: it was a sixth of what a credit costs here."""

import gc

_NEW_OBJECTS = 50_000  # instead of 700: a batch of 500 wishes makes tens of thousands, none of them in cycles


def spare_collections() -> None:
    """Leave out of collections what was loaded so far, and collect far less often. Once, when all is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 50)
