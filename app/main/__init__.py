"""Composition root: settings to stores to clients to routes. The only place that builds things."""

from app.main.application import build_app
from app.main.parts import Parts, build_parts

__all__ = ["Parts", "build_app", "build_parts"]
