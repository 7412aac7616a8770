"""Vendor profiles, capability statements and the plans made of them."""
