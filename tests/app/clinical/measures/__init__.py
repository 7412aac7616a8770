"""Tests of app.clinical.measures."""
