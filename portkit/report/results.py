"""The last results of `portkit compile` and `portkit boot`, kept with the port for its report and its patches.

    OUT/.portkit/results/compile.json, boot.json

A result says which sources it is of, by their digest, so that nobody takes it for one of what was edited since.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portkit import __version__
from portkit.output import OWN, RECORD

SCHEMA = 1
RESULTS = f"{OWN}/results"
# Of boot's report: the rest (the console, the device tree) is long, and is not shown again.
_BOOT = ("milestones", "violations", "panics", "aliases", "faults")
_RUN = ("scenario", "cpus", "host", "seed", "fail_alloc", "sanitize", "ok", "fault", "reached", "violations", "panics")


@dataclass(frozen=True)
class Kept:
    """A result that was kept."""

    how: str                    # compiler, headers, options
    fresh: bool                 # the port's sources are still those that it is of
    data: dict[str, Any]


def sources_digest(out: Path) -> str:
    """Of every file of the port that the record names, as it is now."""
    whole = hashlib.sha256()
    try:
        names = sorted(json.loads((out / RECORD).read_bytes())["files"])
    except (OSError, ValueError, KeyError, TypeError):
        names = []
    for name in names:
        if not str(name).startswith(f"{OWN}/"):
            path = out / str(name)
            whole.update(str(name).encode() + b"\0" + (path.read_bytes() if path.is_file() else b"") + b"\0")
    return whole.hexdigest()


def small_boot(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of boot's report."""
    small = {key: data[key] for key in _BOOT if data.get(key)}
    small["runs"] = [{key: run[key] for key in _RUN if key in run} for run in data.get("runs", ())]
    return small


def keep(out: Path, name: str, how: str, data: Mapping[str, Any]) -> None:
    """Keep a result; where the port's folder cannot be written, it is not kept, and that is all."""
    path = out / RESULTS / f"{name}.json"
    text = json.dumps({"schema": SCHEMA, "portkit": __version__, "how": how, "sources": sources_digest(out),
                       "result": data}, indent=1) + "\n"
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, stage = tempfile.mkstemp(prefix=f".{name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(stage, 0o644)
            os.replace(stage, path)
        except BaseException:
            os.unlink(stage)
            raise


def result_files(out: Path) -> dict[str, bytes]:
    """The results as they are in OUT, by their paths: a resync keeps them, as those of what was there before it."""
    return {f"{RESULTS}/{path.name}": path.read_bytes() for path in sorted((out / RESULTS).glob("*.json"))
            if path.is_file() and not path.name.startswith(".")}


def kept(out: Path, name: str) -> Kept | None:
    """The result that was kept last; none where there is none that this portkit can read."""
    try:
        data = json.loads((out / RESULTS / f"{name}.json").read_bytes())
        if data["schema"] != SCHEMA or not isinstance(data["result"], dict):
            return None
        return Kept(str(data["how"]), data["sources"] == sources_digest(out), data["result"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
