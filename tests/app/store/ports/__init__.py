"""Tests of app/store/ports."""
