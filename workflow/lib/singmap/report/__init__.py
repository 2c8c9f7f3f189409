"""What people look at: figures, excerpts, one page."""
