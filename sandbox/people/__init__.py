"""Fifteen invented people whose charts show one contact rule each; no server, no clock."""

from sandbox.people.cast import build_people, load_rules

__all__ = ["build_people", "load_rules"]
