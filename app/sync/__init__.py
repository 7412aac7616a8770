"""Use cases that move data: load, decide (pure), save, audit."""
