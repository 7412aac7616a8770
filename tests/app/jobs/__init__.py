"""Tests of the durable jobs."""
