"""The tester's side, under /_sandbox/: registrations, launches, faults, clock, log, charts."""
