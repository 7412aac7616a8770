"""What each part of a page shows: frozen dataclasses and the pure builders that make them."""
