"""What can be known before any job starts is checked then: Snakemake deletes a job's outputs as it starts."""
