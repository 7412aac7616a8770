"""Tests of app/clinical."""
