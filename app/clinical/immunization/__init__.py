"""Immunization."""
