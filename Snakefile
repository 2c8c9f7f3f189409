# The study itself is workflow/Snakefile; this file only makes it the default of the checkout.
include: "workflow/Snakefile"


rule default:
    default_target: True
    input:
        rules.all.input,
