"""Text from outside (names of files, a server's words) as it may be shown: one line, no control codes."""


def printable(text: str) -> str:
    """The text with what is not printable escaped, as `repr` would: line breaks, escape codes, lone bytes.

    So a name can neither forge a line of a log nor move a terminal's cursor. Escaping twice is escaping once.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )
