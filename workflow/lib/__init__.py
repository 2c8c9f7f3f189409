"""The science of the study, free of Snakemake: every module here runs in a plain Python session."""
