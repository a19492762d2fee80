"""Tests of title rounds."""
