"""The one error that a user of the study sees: what was expected, what came, where, and what to do."""

from collections.abc import Sequence

from singmap.runtime.printable import printable

# Remedies for damaged files: the user's own, and those that the study made. For the latter the job runner
# names the output to make again, as a file may lie in a folder that one job makes as a whole.
AGAIN = "get this file again"
REBUILD = "have it made again by snakemake --forcerun"


class InputError(ValueError):
    """Input that the study cannot use.

    Parameters are whole phrases; the message joins them into one readable line:
    ``where: expected ..., found ...; remedy``. `problems`, where there are several, follow on a line each.
    What comes from outside is escaped: no name of a file makes a line of its own.
    """

    def __init__(self, where: str, expected: str, found: str, remedy: str = "", problems: Sequence[str] = ()):
        self.where, self.expected, self.found, self.remedy = where, expected, found, remedy
        self.problems = tuple(problems)
        message = f"{where}: expected {expected}, found {found}"
        lines = [f"{message}; {remedy}" if remedy else message, *(f"  {problem}" for problem in problems)]
        super().__init__("\n".join(map(printable, lines)))

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str, str, tuple[str, ...]]]:
        """Rebuild from the phrases, so that the error survives a process pool."""
        return type(self), (self.where, self.expected, self.found, self.remedy, self.problems)


def joined(where: str, expected: str, errors: Sequence[InputError]) -> InputError:
    """One error that lists several; the only one itself."""
    if len(errors) == 1:
        return errors[0]
    return InputError(where, expected, f"{len(errors)} problems:", problems=[str(error) for error in errors])
