"""Tests of the views and their builders."""
