"""The doors: JSON, pages and the command line over one district."""
