"""Tests of the EHR window."""
