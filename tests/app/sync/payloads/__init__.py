"""Tests of what is sent to an EHR."""
