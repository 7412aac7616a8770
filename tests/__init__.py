"""Tests mirror the source; flows, browser, faults and contract stand beside them."""
