"""The networks under study and their checkpoints."""
