"""Tests of app.clinical.rules."""
