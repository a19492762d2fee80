"""Tests of rewards.credentials."""
