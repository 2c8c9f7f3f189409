"""Files that are whole or absent: arrays, tables, audio."""
