"""Tests of the pretend phone and mailbox."""
