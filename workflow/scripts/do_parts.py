"""Do what the scripts of several rules do, one after the other: a small study's jobs (rules/joined.smk)."""

from singmap.runtime.parts import run_parts

if __name__ == "__main__":
    run_parts(globals().get("snakemake"))
