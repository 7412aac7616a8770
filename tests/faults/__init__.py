"""Faults on purpose: the sandbox's, and of processes, databases and clocks. Holds no cases."""
