"""The ledger: what events are worth, how points move, and the proof that none is lost."""
