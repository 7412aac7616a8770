"""Saving and loading, one module per aggregate. Every function works inside a transaction."""
