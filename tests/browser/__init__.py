"""The product as people meet it: in Chromium, without scripts, by keyboard, on any width."""
