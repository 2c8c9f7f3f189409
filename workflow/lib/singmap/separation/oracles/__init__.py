"""The floors and ceilings, one module each under its name in the configuration; loaded by name alone."""
