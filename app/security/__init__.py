"""Cryptography and access decisions. No I/O: keys come in as arguments."""
