"""`python -m app.cli` is the same as `chartside`."""

from app.cli import main

main()
