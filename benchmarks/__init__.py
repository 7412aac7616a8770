"""Figures the README may state: each module measures one thing as ratios within one run."""
