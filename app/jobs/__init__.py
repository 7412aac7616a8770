"""Durable workflows: thin wrappers that call sync with opaque ids."""
