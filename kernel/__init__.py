"""What every package stands on, with no domain noun in it: database, clock, errors, messages, outbox, jobs, audit."""
