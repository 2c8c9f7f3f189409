"""The one error that a user of the study sees: what was expected, what came, where, and what to do."""

# Remedies for damaged files: the user's own, and those that the study made.
AGAIN = "get this file again"
REBUILD = "delete this file and run snakemake again: it will be rebuilt"


class InputError(ValueError):
    """Input that the study cannot use.

    Parameters are whole phrases; the message joins them into one readable line:
    ``where: expected ..., found ...; remedy``.
    """

    def __init__(self, where: str, expected: str, found: str, remedy: str = ""):
        self.where, self.expected, self.found, self.remedy = where, expected, found, remedy
        message = f"{where}: expected {expected}, found {found}"
        super().__init__(f"{message}; {remedy}" if remedy else message)

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str, str]]:
        """Rebuild from the four phrases, so that the error survives a process pool."""
        return type(self), (self.where, self.expected, self.found, self.remedy)
