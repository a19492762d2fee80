"""Tests of kernel.ranking."""
