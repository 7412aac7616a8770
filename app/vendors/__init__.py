"""What each EHR accepts, as data: one module per vendor, all of identical shape."""
