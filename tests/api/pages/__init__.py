"""Pages in a real browser, against a server process on a small district."""
