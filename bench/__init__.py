"""Measurements: ratios taken in one run, medians, and CPU per operation. `make bench` runs them all."""
