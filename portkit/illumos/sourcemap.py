"""From an emitted line back to the upstream line that it came from (OUT/portkit.map.json)."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from pathlib import Path
from typing import Any

from portkit.errors import PortkitError


class SourceMap:
    """Emitted places to upstream places.

    The file holds, for each emitted path, spans `[first, last, upstream_file, upstream_line, [rule ids]]`:
    the emitted lines first..last (1-based, inclusive; spans do not overlap) begin at `upstream_line`, and go
    on line by line.  Spans with no upstream file (emitted glue) map to nothing.
    """

    def __init__(self, files: dict[str, list[tuple[int, int, str, int]]]) -> None:
        self._files = {os.path.normpath(path): sorted(spans) for path, spans in files.items()}

    @classmethod
    def load(cls, path: Path) -> SourceMap:
        """Read the map; `path` is the file or the folder that holds portkit.map.json."""
        file = Path(path) / "portkit.map.json" if Path(path).is_dir() else Path(path)
        try:
            data = json.loads(file.read_bytes())
        except OSError as error:
            raise PortkitError(f"cannot read the source map: {error.strerror}", file=file) from None
        except ValueError:
            raise PortkitError("the source map is not valid JSON", file=file,
                               hint="run portkit translate again") from None
        files = data.get("files") if isinstance(data, dict) else None
        if not isinstance(files, dict):
            raise PortkitError('the source map has no "files"', file=file,
                               hint="run portkit translate again")
        return cls({name: _spans(entry) for name, entry in files.items()})

    def lookup(self, file: str | Path, line: int) -> tuple[str, int] | None:
        """The upstream (file, line) of an emitted line; None where nothing upstream stands behind it."""
        spans = self._files.get(os.path.normpath(file), [])
        index = bisect_right(spans, line, key=lambda span: span[0]) - 1
        if index < 0 or line > spans[index][1]:
            return None
        first, _, upstream, upstream_line = spans[index]
        return upstream, upstream_line + (line - first)


def _spans(entry: Any) -> list[tuple[int, int, str, int]]:
    """The usable spans of one file's entry; anything else in it is passed over."""
    lines = entry.get("lines", []) if isinstance(entry, dict) else entry
    spans = []
    for item in lines if isinstance(lines, list) else []:
        match item:
            case [int(first), int(last), str(upstream), int(line), *_] if upstream:
                spans.append((first, last, upstream, line))
    return spans
