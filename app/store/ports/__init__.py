"""Fulfils the Protocols of launch/ports.py on the store. One module per Protocol or pair."""
