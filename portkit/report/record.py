"""portkit.json and portkit.map.json (DESIGN.md, "Files portkit writes")."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portkit import __version__
from portkit.illumos.layout import Module, emitted_path
from portkit.output import RECORD, digest

if TYPE_CHECKING:
    from portkit.translate import Result

MAP = "portkit.map.json"
STATUSES = ("verbatim", "rewritten", "template", "support")
DISPOSITIONS = ("same", "native", "template", "support", "dropped", "residue")


def module_record(result: Result, module: Module) -> dict[str, Any]:
    """What portkit.json says of one illumos module."""
    port = result.port
    lines: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    residue: list[dict[str, Any]] = []
    dropped: list[dict[str, Any]] = []
    upstream = [*module.sources, *module.headers]
    for path in upstream:
        emitted = result.translation.files.get(path)
        if emitted is None:
            continue
        lines.update(line.status for line in emitted.lines)
        uses.update(emitted.uses)
        residue += [{"file": str(path), "line": item.line, "symbol": item.symbol, "kind": item.kind,
                     "hint": item.hint} for item in emitted.residue]
    for path in result.extra.get(module.full_name, ()):
        status = "support" if path in result.support_files else "template"
        lines[status] += result.files[path].count(b"\n")
    for item in result.translation.dropped:
        if item.file in upstream or (item.file in result.translation.context.dropped_files
                                     and module is result.owner_of_dropped(item.file)):
            dropped.append({"file": str(item.file), "line": item.line, "what": item.what, "reason": item.reason})
    sources = [str(emitted_path(path, port)) for path in module.sources]
    extra = result.extra.get(module.full_name, [])
    sources += [str(path) for path in extra if path.suffix == ".c"]
    headers = [str(emitted_path(path, port)) for path in module.headers]
    headers += [str(path) for path in extra if path.suffix == ".h"]
    return {
        "name": module.name, "kind": module.kind, "from": module.origin,
        "sources": sources, "headers": sorted(headers),
        "include_dirs": [str(path) for path in result.include_dirs],
        "defines": list(result.defines), "depends_on": list(module.depends_on),
        "lines": {key: lines.get(key, 0) for key in STATUSES},
        "uses": {"total": sum(uses.values()), **{key: uses.get(key, 0) for key in DISPOSITIONS}},
        "residue": residue, "dropped": dropped,
    }


def mends(result: Result) -> list[dict[str, Any]]:
    """Where the port differs from upstream because upstream is wrong."""
    found = sorted(result.translation.context.mends, key=lambda item: (str(item[0]), item[1], item[2].id))
    return [{"file": str(file), "line": line, "rule": rule.id, "why": rule.why} for file, line, rule in found]


def mends_of(out: Path) -> list[dict[str, Any]]:
    """The same from a port's record, whose modules have been read; none from what an older portkit wrote."""
    found = json.loads((out / RECORD).read_bytes()).get("mends", [])
    return [item for item in found if isinstance(item, dict) and {"file", "line", "why"} <= set(item)] \
        if isinstance(found, list) else []


def port_record(result: Result) -> dict[str, Any]:
    """portkit.json without the digests of the files."""
    return {
        "schema": 1, "portkit": __version__,
        "upstream": {"revision": result.tree.revision, "freebsd_version": result.tree.freebsd_version,
                     "commit": result.tree.commit},
        "family": result.port.family,
        "modules": [module_record(result, module) for module in result.modules],
        "mends": mends(result),
    }


def source_map(result: Result) -> dict[str, Any]:
    """portkit.map.json: runs of emitted lines with their upstream place and the rules that changed them."""
    files: dict[str, Any] = {}
    for target in sorted(result.files):
        path = result.origin.get(target)
        if path is None:
            continue
        runs: list[list[Any]] = []
        for number, line in enumerate(result.translation.files[path].lines, 1):
            previous = runs[-1] if runs else None
            if previous is not None and line.upstream and previous[3] and not line.rules and not previous[4] \
                    and line.upstream == previous[3] + (number - previous[0]):
                previous[1] = number
                continue
            where = str(path) if line.upstream else ""
            runs.append([number, number, where, line.upstream, list(line.rules)])
        files[str(target)] = {"lines": runs}
    return {"schema": 1, "files": files}


def all_files(result: Result) -> dict[str, bytes]:
    """Everything that a translation puts into OUT, by path relative to it."""
    out = {str(path): data for path, data in result.files.items()}
    out[MAP] = (json.dumps(source_map(result), separators=(",", ":"), sort_keys=True) + "\n").encode()
    record = port_record(result)
    record["files"] = {name: digest(data) for name, data in sorted(out.items())}
    out[RECORD] = (json.dumps(record, indent=1) + "\n").encode()
    return out
