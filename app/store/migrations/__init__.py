"""Schema changes in order. Each only adds, so that old and new code may run side by side."""
