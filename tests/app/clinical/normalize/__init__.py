"""Normalisation: each resource type, each vendor dialect, and any JSON at all."""
