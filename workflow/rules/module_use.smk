# The checks before a run, its history and its closing words where another workflow uses this one by `module:`.
#
# Snakemake keeps the hooks of the outermost workflow alone. Ours run beside those, by means that are
# Snakemake's own and not documented, as is all that rules/history.smk does.

HOOKS = ["onstart", "onsuccess", "onerror"]


def run_beside(event, hook):
    """Run `hook` after the outer workflow's own of this event, be that registered before or afterwards."""
    register = getattr(workflow, event)

    def put_beside():
        others = getattr(workflow, f"_{event}")

        def both(log):
            others(log)
            hook()

        setattr(workflow, f"_{event}", both)

    def registered(function):
        is_outer = workflow.modifier.is_main_snakefile()
        register(function)
        if is_outer:  # it took the place of ours
            put_beside()

    put_beside()
    setattr(workflow, event, registered)


if not IS_OUTERMOST:
    for name in HOOKS:
        run_beside(name, globals()[name])
