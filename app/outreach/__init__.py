"""Pure decisions: who may be contacted, about what, how and when. No I/O, no clock."""
