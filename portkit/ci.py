"""`portkit ci`: the CI job of a port's repository, a workflow and the script that it runs (docs/ci.md)."""

from __future__ import annotations

import os
from pathlib import Path

from portkit.errors import PortkitError

_OURS = Path(__file__).resolve().parent / "templates/ci"
# Where it goes in the repository, what it is here, its mode.
_FILES = (("portkit-ci.sh", "portkit-ci.sh", 0o755), (".github/workflows/portkit.yml", "portkit.yml", 0o644))


def write_ci(top: Path) -> list[Path]:
    """Write the job into a port's repository; all files or none.

    PortkitError where `top` is not the top of a git repository, or a file is there and says something else.
    """
    if not (top / ".git").exists():
        raise PortkitError("is not the top of a git repository", file=top,
                           hint="name the folder of the port's repository that holds .git")
    files = [(top / name, (_OURS / source).read_bytes(), mode) for name, source, mode in _FILES]
    for path, data, _ in files:
        try:
            there = path.read_bytes() if os.path.lexists(path) else data
        except OSError as error:
            raise PortkitError(f"cannot read: {error.strerror}", file=path, hint="move it away") from error
        if there != data:
            raise PortkitError("is there already, and is not what this portkit writes", file=path,
                               hint="move it away, and carry what you changed over: settings are variables")
    try:
        for path, data, mode in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(mode)
    except OSError as error:
        raise PortkitError(f"cannot write: {error.strerror}", file=path, hint="make its folder writable") from error
    return [path for path, _, _ in files]
