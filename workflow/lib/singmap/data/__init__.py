"""From the name of a data set to decoded audio of the chosen tracks."""
