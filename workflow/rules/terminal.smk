# What a run says on the terminal; the engine's own log file keeps all of it.

from singmap.runtime.terminal import ShortLines

PAGE = rules.render_page.output[0]

SHORT_LINES = []
if workflow.is_main_process and not workflow.output_settings.verbose:
    for handler in workflow.logger_manager.logger.handlers:
        if handler.name == "DefaultStreamHandler":
            SHORT_LINES.append(ShortLines(handler.formatter))
            handler.setFormatter(SHORT_LINES[-1])


def tell_findings():
    """Say what the study found and where to look, where this run was to end in its page."""
    verdicts = str(rules.judge_hypotheses.output.verdicts)
    planned = {own_name(job.rule) for job in workflow.dag.jobs}
    if "render_page" not in planned or not (
        Path(PAGE).exists() and Path(verdicts).exists()
    ):
        return
    # Here, for every start of Snakemake would wait for pandas.
    from singmap.files.tables import Verdicts, read_table
    from singmap.report.closing_words import closing_words

    lines = closing_words(read_table(verdicts, Verdicts), CONFIG["dataset"]["name"])
    for line in [
        "",
        *lines,
        f"Look at {PAGE} in a browser; numbers: {PLACED['results']}/tables",
    ]:
        tell_user(line)


def tell_failures():
    """Name the jobs that failed: among hundreds that went on, their lines are far above."""
    failed = [job for lines in SHORT_LINES for job in lines.failed]
    if failed:
        tell_user(
            f"{len(failed)} job{'s' * (len(failed) > 1)} failed: {', '.join(failed)}"
        )


AT_SUCCESS.append(tell_findings)
AT_ERROR.append(tell_failures)
