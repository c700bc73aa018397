"""The one exception that ends a command with a clear line.

Exit statuses (DESIGN.md, "Commands"): 0 done; 1 done, with something left to a person; 2 bad usage or bad
input.  `PortkitError` is status 2: nothing has been written when it is raised.
"""

from __future__ import annotations

from pathlib import Path


class PortkitError(Exception):
    """Bad usage or bad input: what is wrong, where, and the way out."""

    def __init__(self, message: str, *, file: str | Path | None = None, line: int | None = None,
                 hint: str | None = None) -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.line = line
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ""
        if self.file is not None:
            place = f"{self.file}:{self.line}: " if self.line is not None else f"{self.file}: "
        way_out = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{way_out}"
