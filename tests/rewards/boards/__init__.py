"""Tests of rewards.boards."""
