"""Pure judgement: resources become facts, facts become verdicts. No I/O, no clock, no settings."""
