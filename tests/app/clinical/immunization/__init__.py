"""Tests of the immunization room."""
