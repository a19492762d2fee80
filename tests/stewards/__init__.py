"""Tests of stewards."""
