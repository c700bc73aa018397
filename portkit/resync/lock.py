"""The lock: what a port came from, and its text as it left portkit (docs/resync.md, "The lock").

`OUT/.portkit/lock.json` names the upstream tree, its files and the emitted ones by SHA-256, and the rules; the texts
lie beside it, `emitted/` and `upstream/`.  They are kept as plain text so that the same port gives the same bytes
everywhere, whichever zlib is installed, and with `.txt` behind their names so that no search for a driver's source
finds them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portkit import __version__
from portkit.errors import PortkitError
from portkit.output import OWN, digest
from portkit.report.record import MAP, source_map
from portkit.rules.loader import builtin_tables

if TYPE_CHECKING:
    from portkit.port import Port
    from portkit.translate import Result

SCHEMA = 1
LOCK = f"{OWN}/lock.json"
_EMITTED, _UPSTREAM, _RULES, _PORT = (f"{OWN}/{name}/" for name in ("emitted", "upstream", "rules", "port"))


@dataclass(frozen=True)
class Revision:
    """A state of upstream."""

    revision: str                   # 12.1-RELEASE
    freebsd_version: int            # __FreeBSD_version
    commit: str | None              # of a git repository

    def __str__(self) -> str:
        return f"{self.revision} ({self.commit[:12]})" if self.commit else self.revision

    def to_json(self) -> dict[str, Any]:
        return {"revision": self.revision, "freebsd_version": self.freebsd_version, "commit": self.commit}


@dataclass
class Lock:
    """What the last translation or resync of a port rests on.  Paths of emitted text are relative to OUT, those of
    upstream's to its tree."""

    portkit: str
    modules: tuple[str, ...]                    # FreeBSD's names
    family: str
    folder: str                                 # upstream, of the family
    base: Revision                              # what the port was first made from
    upstream: Revision                          # what it stands at
    rules: str                                  # digest of the built-in tables
    port_file: str                              # digest of the port file; '' where there is none
    emitted: dict[str, bytes]
    source: dict[str, bytes]                    # upstream's text that was translated
    origin: dict[str, str]                      # emitted path -> upstream path
    source_map: dict[str, Any]                  # portkit.map.json of `emitted`
    rule_files: dict[str, bytes] = field(default_factory=dict)      # --rules: NUMBER/NAME -> text
    own_port: dict[str, bytes] = field(default_factory=dict)        # --port
    ledger: str = ""                            # digest of portkit-sync.toml as portkit wrote it
    history: str | None = None                  # commit that stands for the base, where the base's tree had none

    @property
    def folders(self) -> set[str]:
        """Upstream's folders that hold files of these drivers."""
        return {str(Path(name).parent) for name in self.source}

    def files(self) -> dict[str, bytes]:
        """What goes into OUT for it."""
        out = {LOCK: (json.dumps({
            "schema": SCHEMA, "portkit": self.portkit, "modules": list(self.modules), "family": self.family,
            "folder": self.folder, "base": self.base.to_json(), "upstream": self.upstream.to_json(),
            "rules": self.rules, "port_file": self.port_file, "ledger": self.ledger, "history": self.history,
            "rule_files": {name: digest(data) for name, data in self.rule_files.items()},
            "own_port": {name: digest(data) for name, data in self.own_port.items()},
            "source": {name: digest(data) for name, data in sorted(self.source.items())},
            "emitted": {name: {"sha256": digest(data), "from": self.origin.get(name)}
                        for name, data in sorted(self.emitted.items())},
        }, indent=1) + "\n").encode()}
        for folder, texts in ((_EMITTED, self.emitted), (_UPSTREAM, self.source), (_RULES, self.rule_files),
                              (_PORT, self.own_port)):
            for name, data in texts.items():
                out[f"{folder}{name}.txt"] = data
        out[f"{_EMITTED}{MAP}.txt"] = _dump_map(self.source_map)
        return out


def make_lock(result: Result, *, base: Revision | None = None, rule_files: Sequence[Path] = (),
              port_file: Path | None = None, upstream: Revision | None = None) -> Lock:
    """The lock of a translation.  `rule_files` and `port_file` are those that the user named."""
    tree, context = result.tree, result.translation.context
    read = {path for path in context.program.files if not path.is_absolute()}
    for module in result.freebsd_modules:
        makefile = module.makefile
        read |= {*module.sources, *(path for path in module.interfaces if result.port.folder in path.parents),
                 makefile.relative_to(tree.root) if makefile.is_absolute() else makefile}
    upstream = upstream or revision_of(tree)
    return Lock(
        portkit=__version__, modules=tuple(module.name for module in result.freebsd_modules),
        family=result.port.family, folder=str(result.port.folder), base=base or upstream, upstream=upstream,
        rules=rules_digest(), port_file=_port_digest(result.port),
        emitted={str(path): data for path, data in sorted(result.files.items())},
        source={str(path): (tree.root / path).read_bytes() for path in sorted(read) if (tree.root / path).is_file()},
        origin={str(path): str(source) for path, source in sorted(result.origin.items())},
        source_map=source_map(result),
        rule_files={f"{number}/{path.name}": path.read_bytes() for number, path in enumerate(rule_files)},
        own_port={port_file.name: port_file.read_bytes()} if port_file is not None else {})


def revision_of(tree: Any) -> Revision:
    """The state of upstream that a portkit.upstream.Tree holds."""
    return Revision(tree.revision, tree.freebsd_version, tree.commit)


def rules_digest() -> str:
    """Of the tables that come with portkit."""
    whole = hashlib.sha256()
    for path in builtin_tables():
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def _port_digest(port: Port) -> str:
    return digest(port.path.read_bytes()) if port.path is not None else ""


def _dump_map(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n").encode()


def read_lock(out: Path) -> Lock:
    """The lock of the port in `out`.

    PortkitError where there is none, where a newer portkit wrote it, and where it is not whole.
    """
    path = out / LOCK
    if not out.is_dir():
        raise PortkitError("no such folder", file=out, hint="name the port's folder with -o")
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise PortkitError("has no lock, so nothing tells what the port came from", file=out,
                           hint=f"it should hold {LOCK}: restore it, or for a port that portkit did not make give "
                           "--from, --to and --port") from None
    except OSError as error:
        raise PortkitError(f"cannot be read: {error.strerror}", file=path) from error
    except ValueError:
        raise _damaged(path, "is not JSON") from None
    if not isinstance(data, dict):
        raise _damaged(path, "is no lock")
    schema, version = data.get("schema"), data.get("portkit")
    if (isinstance(schema, int) and schema > SCHEMA) or _numbers(version) > _numbers(__version__):
        raise PortkitError(f"was written by portkit {version}, which is newer than this one ({__version__})",
                           file=path, hint="update portkit")
    try:
        return _read(out, data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _damaged(path, f"lacks something that a lock has ({error})") from error


def _read(out: Path, data: dict[str, Any]) -> Lock:
    emitted = {str(name): item["sha256"] for name, item in data["emitted"].items()}
    origin = {str(name): str(item["from"]) for name, item in data["emitted"].items() if item["from"] is not None}
    place = out / f"{_EMITTED}{MAP}.txt"
    try:
        mapping = json.loads(place.read_bytes())
    except (OSError, ValueError) as error:
        raise _damaged(place, "is gone or not whole") from error
    texts = [_texts(out, folder, names) for folder, names in (
        (_EMITTED, emitted), (_UPSTREAM, data["source"]), (_RULES, data["rule_files"]), (_PORT, data["own_port"]))]
    return Lock(portkit=str(data["portkit"]), modules=tuple(str(name) for name in data["modules"]),
                family=str(data["family"]), folder=str(data["folder"]), base=_revision(data["base"]),
                upstream=_revision(data["upstream"]), rules=str(data["rules"]), port_file=str(data["port_file"]),
                emitted=texts[0], source=texts[1], origin=origin, source_map=mapping, rule_files=texts[2],
                own_port=texts[3], ledger=str(data["ledger"]), history=data["history"])


def _texts(out: Path, folder: str, names: Mapping[str, str]) -> dict[str, bytes]:
    found = {}
    for name, value in names.items():
        path = out / f"{folder}{name}.txt"
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise ValueError(name)
        try:
            found[str(name)] = path.read_bytes()
        except OSError:
            raise _damaged(path, "is gone") from None
        if digest(found[name]) != value:
            raise _damaged(path, "is not what the lock says")
    return found


def _revision(data: dict[str, Any]) -> Revision:
    return Revision(str(data["revision"]), int(data["freebsd_version"]), data["commit"])


def _damaged(path: Path, what: str) -> PortkitError:
    return PortkitError(f"{what}: the lock was changed since portkit wrote it", file=path,
                        hint=f"restore {OWN}/ from the port's history or a backup")


def _numbers(version: object) -> tuple[int, ...]:
    return tuple(int(word) for word in re.findall(r"\d+", version)[:3]) if isinstance(version, str) else ()
