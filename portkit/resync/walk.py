"""The states of a port, one upstream commit after the other, from the repository that the commits are in.

For a port that took several commits at once, whose steps therefore do not tell what each of them did: the base is
translated again, and once more with each applied commit in turn, without the hunks that the ledger leaves out.

Headers from outside the drivers are the base's, until a commit wants newer ones: from there on they are that commit's.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from portkit.errors import PortkitError
from portkit.report.record import port_record
from portkit.resync.history import History, Texts, carry, selects
from portkit.resync.ledger import APPLIED, PARTLY, Entry, Ledger
from portkit.resync.lock import Lock
from portkit.resync.steps import State, module_facts
from portkit.translate import translate
from portkit.upstream import Tree


def walk(lock: Lock, ledger: Ledger, upstream: Path,
         progress: Callable[[str], None] = lambda text: None) -> list[State]:
    """The base, then the state after each commit that the ledger lists as applied, in its order.

    A commit that does not translate without the next one is in one state with it.  PortkitError where the repository
    does not hold the port's base, or one of the commits.
    """
    history = History.open(upstream, "HEAD")
    if history is None:
        raise PortkitError("is not a git repository, so it does not tell what each commit changed", file=upstream,
                           hint="leave --upstream out: what was brought at once is then one patch")
    start = next((found for name in (lock.base.commit, lock.history) if name
                  if (found := history.resolve(name)) is not None), None)
    if start is None:
        raise PortkitError("does not hold what the port was first made from", file=upstream,
                           hint="give the repository that the port was resynced with")
    entries = [entry for entry in ledger.entries if entry.commit and entry.state in (APPLIED, PARTLY)]
    for entry in entries:
        if history.resolve(entry.commit) is None:
            raise ledger.fail(entry, f"{upstream} has no commit {entry.commit}", "fetch it there")
    with tempfile.TemporaryDirectory(prefix="portkit-rules-") as folder, ExitStack() as trees:
        tree = trees.enter_context(Tree.open(upstream, start))
        rules = _written(Path(folder) / "rules", lock.rule_files)
        port = next(iter(_written(Path(folder) / "port", lock.own_port)), None)

        def state(names: list[str], tree: Tree) -> State:
            with Tree.open(tree.root) as now:
                result = translate(now, lock.modules, rule_files=rules, port_file=port)
            return State(names, {str(path): data for path, data in result.files.items()},
                         module_facts(port_record(result)["modules"]))

        way = [state([], tree)]
        names: list[str] = []
        for entry in entries:
            progress(entry.name)
            _bring(tree.root, history, lock, entry)
            names.append(entry.name)
            try:
                way.append(state(names, tree))
            except PortkitError:
                newer = trees.enter_context(Tree.open(upstream, entry.commit))
                _lay(tree.root, newer.root, lock.folders)
                try:
                    way.append(state(names, newer))
                except PortkitError:
                    if entry is entries[-1]:
                        raise
                    newer.close()
                    continue
                tree.close()
                tree = newer
            names = []
    return way


def _lay(source: Path, target: Path, folders: Iterable[str]) -> None:
    """Make the files right in some folders of a tree that is ours those of another tree."""
    for folder in folders:
        for root, copy in ((target, False), (source, True)):
            for path in sorted((root / folder).iterdir()) if (root / folder).is_dir() else ():
                if path.is_file() and copy:
                    (target / folder).mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, target / folder / path.name)
                elif path.is_file():
                    path.unlink()


def _written(folder: Path, texts: dict[str, bytes]) -> list[Path]:
    folder.mkdir()
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in texts]


def _bring(root: Path, history: History, lock: Lock, entry: Entry) -> None:
    """Bring a commit's changes into a tree that is ours, but for the hunks that its entry leaves out."""
    texts = Texts(lambda path: (root / path).read_bytes() if (root / path).is_file() else None)
    for change in history.changes(entry.commit, lock.folders):
        out = selects(entry.hunks, change.path)
        carry(texts, change, [hunk for hunk in change.hunks() if not out(hunk)])
    for path, data in texts.changed.items():
        place = root / path
        place.unlink(missing_ok=True)
        if data is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
