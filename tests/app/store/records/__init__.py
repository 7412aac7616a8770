"""Tests of app/store/records."""
