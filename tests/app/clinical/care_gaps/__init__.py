"""Tests of app.clinical.care_gaps."""
