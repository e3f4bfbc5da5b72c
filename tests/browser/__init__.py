"""Tests of the product in Chromium: without scripts, by keyboard, at any width."""
