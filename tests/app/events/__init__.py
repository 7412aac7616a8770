"""Tests of what others start."""
