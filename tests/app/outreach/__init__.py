"""Tests of app.outreach."""
