"""Chartside: the product. Rooms and floors are described in docs/map.md."""
