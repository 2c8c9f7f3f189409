"""The one error that a user of the study sees: what was expected, what came, where, and what to do."""

AGAIN = "get this file again"  # the remedy for damaged data


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
