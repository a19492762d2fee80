"""Tests of rewards.stories."""
