"""Tests of the sample people."""
