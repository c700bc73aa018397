"""install(): all of the files or none, and nothing of a person's is lost."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import kill_kit
import pytest

from portkit import output
from portkit.errors import PortkitError
from portkit.output import RECORD, check_writable, digest, hand_edits, install, recover

Snapshot = Callable[[Path], dict[str, bytes | str]]
ONE = {"usr/src/a.c": b"one\n", "usr/src/sub/b.h": b"b\xff\n", "c.conf": b"c\n"}
TWO = {"usr/src/a.c": b"two\n", "usr/src/new/d.c": b"d\n"}


def with_record(files: dict[str, bytes]) -> dict[str, bytes]:
    record = {"schema": 1, "files": {name: digest(data) for name, data in files.items()}}
    return {**files, RECORD: json.dumps(record).encode()}


def files_of(snapshot: dict[str, bytes | str]) -> dict[str, bytes | str]:
    return {name: data for name, data in snapshot.items() if data != "folder"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that holds a port, alone in its own folder."""
    place = tmp_path / "place/out"
    install(place, with_record(ONE))
    return place


@pytest.fixture(params=["exchange", "two renames"])
def any_exchange(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """With renameat2(2), and where the file system has no RENAME_EXCHANGE."""
    if request.param == "two renames":
        class Without:
            @staticmethod
            def renameat2(*arguments: object) -> int:
                return -1
        monkeypatch.setattr(ctypes, "CDLL", lambda *a, **k: Without)
    yield request.param


# -- what is there afterwards --------------------------------------------------------------------------------

def test_a_new_folder_is_made_with_its_parents(tmp_path: Path, snapshot: Snapshot) -> None:
    install(tmp_path / "deep/er/out", with_record(ONE))
    assert files_of(snapshot(tmp_path / "deep/er/out")) == with_record(ONE)
    assert os.listdir(tmp_path / "deep/er") == ["out"]


def test_a_new_folder_has_the_mode_that_mkdir_gives(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        install(tmp_path / "out", with_record(ONE))
    finally:
        os.umask(old)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "out/c.conf").stat().st_mode & 0o777 == 0o640


def test_an_empty_folder_is_filled(tmp_path: Path, snapshot: Snapshot, any_exchange: str) -> None:
    (tmp_path / "out").mkdir()
    install(tmp_path / "out", with_record(ONE))
    assert files_of(snapshot(tmp_path / "out")) == with_record(ONE)
    assert os.listdir(tmp_path) == ["out"]


def test_stale_files_go(out: Path, snapshot: Snapshot, any_exchange: str) -> None:
    install(out, with_record(TWO))
    assert files_of(snapshot(out)) == with_record(TWO)
    assert not (out / "usr/src/sub").exists()
    assert os.listdir(out.parent) == ["out"]


def test_foreign_files_stay(out: Path, snapshot: Snapshot, any_exchange: str) -> None:
    (out / "usr/src/sub/notes").write_bytes(b"mine")
    (out / "script").write_bytes(b"#!/bin/sh\n")
    (out / "script").chmod(0o755)
    (out / "link").symlink_to("nowhere")
    (out / "empty").mkdir()
    old = (out / "script").stat()
    install(out, with_record(TWO))
    found = snapshot(out)
    assert files_of(found) == {**with_record(TWO), "usr/src/sub/notes": b"mine", "script": b"#!/bin/sh\n",
                               "link": "-> nowhere"}
    new = (out / "script").stat()
    assert (new.st_mode, new.st_mtime_ns) == (old.st_mode, old.st_mtime_ns)
    assert "empty" in found, "an empty folder of the user's is gone"


def test_the_folders_mode_stays(out: Path) -> None:
    out.chmod(0o700)
    install(out, with_record(TWO))
    assert out.stat().st_mode & 0o777 == 0o700


def test_a_link_to_the_folder_stays_a_link(out: Path, tmp_path: Path, snapshot: Snapshot) -> None:
    link = tmp_path / "elsewhere/link"
    link.parent.mkdir()
    link.symlink_to(out)
    install(link, with_record(TWO))
    assert link.is_symlink() and link.resolve() == out
    assert files_of(snapshot(out)) == with_record(TWO)
    assert os.listdir(link.parent) == ["link"]
    assert os.listdir(out.parent) == ["out"]


def test_a_link_inside_does_not_lead_out_of_the_folder(tmp_path: Path, snapshot: Snapshot) -> None:
    """A person's link to a folder elsewhere: that folder is not the port's to write into."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/usr").symlink_to(tmp_path / "elsewhere")
    before = snapshot(tmp_path)
    with pytest.raises(PortkitError) as caught:
        install(tmp_path / "out", with_record(ONE))
    assert "usr" in str(caught.value)
    assert snapshot(tmp_path) == before


def test_the_working_folder_itself(out: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-o .` works, or says in one line that it does not; either way nothing is half-written."""
    monkeypatch.chdir(out)
    before = files_of(snapshot(out))
    try:
        install(Path("."), with_record(TWO))
        expected = with_record(TWO)
    except PortkitError as error:
        assert "\n" not in str(error)
        expected = dict(before)
    assert files_of(snapshot(out)) == expected
    assert os.listdir(out.parent) == ["out"]


# -- what is refused -----------------------------------------------------------------------------------------

def refused(out: Path, files: dict[str, bytes], snapshot: Snapshot) -> PortkitError:
    """The error of an install that changes nothing, neither in the folder nor beside it."""
    top = out.parent
    while not top.is_dir():
        top = top.parent
    before = snapshot(top)
    with pytest.raises(PortkitError) as caught:
        install(out, with_record(files))
    assert snapshot(top) == before
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


def test_a_hand_edit_is_named(out: Path, snapshot: Snapshot) -> None:
    (out / "usr/src/a.c").write_bytes(b"one, and mine\n")
    assert hand_edits(out) == ["usr/src/a.c"]
    error = refused(out, TWO, snapshot)
    assert error.file == str(out / "usr/src/a.c")
    with pytest.raises(PortkitError, match=r"usr/src/a\.c"):
        check_writable(out)


def test_a_removed_file_is_an_edit(out: Path, snapshot: Snapshot) -> None:
    (out / "c.conf").unlink()
    assert refused(out, TWO, snapshot).file == str(out / "c.conf")


def test_several_hand_edits_are_counted(out: Path, snapshot: Snapshot) -> None:
    (out / "usr/src/a.c").write_bytes(b"x")
    (out / "c.conf").write_bytes(b"y")
    (out / "usr/src/sub/b.h").write_bytes(b"z")
    assert "2 more" in str(refused(out, TWO, snapshot))


def test_an_edit_that_is_undone_is_none(out: Path) -> None:
    (out / "c.conf").write_bytes(b"y")
    (out / "c.conf").write_bytes(ONE["c.conf"])
    install(out, with_record(TWO))


def test_a_foreign_file_in_the_way(out: Path, snapshot: Snapshot) -> None:
    (out / "usr/src/new").mkdir()
    (out / "usr/src/new/d.c").write_bytes(b"mine")
    assert refused(out, TWO, snapshot).file == str(out / "usr/src/new/d.c")


def test_a_foreign_file_where_a_folder_goes(out: Path, snapshot: Snapshot) -> None:
    (out / "usr/src/new").write_bytes(b"mine")
    refused(out, TWO, snapshot)


def test_a_foreign_folder_where_a_file_goes(out: Path, snapshot: Snapshot) -> None:
    (out / "usr/src/new/d.c").mkdir(parents=True)
    refused(out, TWO, snapshot)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"files": 3}', b'{"schema": 1}', b"\xff\xfe",
                                  b'{"files": {"a'])
def test_a_record_that_is_none_of_ours(out: Path, text: bytes, snapshot: Snapshot) -> None:
    (out / RECORD).write_bytes(text)
    assert refused(out, TWO, snapshot).file == str(out / RECORD)


def test_a_file_is_no_folder(tmp_path: Path, snapshot: Snapshot) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    assert refused(tmp_path / "out", ONE, snapshot).file == str(tmp_path / "out")
    refused(tmp_path / "out/below", ONE, snapshot)


def test_what_nobody_can_write(snapshot: Snapshot) -> None:
    with pytest.raises(PortkitError, match="cannot write"):
        install(Path("/proc/portkit/out"), with_record(ONE))


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may enter (pytest's own are private)."""
    import tempfile
    folder = Path(tempfile.mkdtemp(prefix="portkit-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("locked", ["place", "place/out"])
def test_permissions_count(locked: str, public: Path, as_nobody: Callable, snapshot: Snapshot) -> None:
    out = public / "place/out"
    install(out, with_record(ONE))
    if os.getuid() == 0:
        for path in [public, *public.rglob("*")]:
            os.chown(path, 65534, 65534)
    (public / locked).chmod(0o555)
    before = snapshot(public)
    said = as_nobody(lambda: install(out, with_record(TWO)))
    (public / locked).chmod(0o755)
    assert said.startswith("PortkitError: ") and "cannot write" in said and str(out) in said and "-o" in said
    assert snapshot(public) == before


def test_a_parent_that_is_read_only(public: Path, as_nobody: Callable) -> None:
    if os.getuid() == 0:
        os.chown(public, 65534, 65534)
    public.chmod(0o555)
    said = as_nobody(lambda: check_writable(public / "a/b/out"))
    public.chmod(0o755)
    assert said.startswith("PortkitError: ") and "cannot write" in said
    assert os.listdir(public) == []


# -- interrupted ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("step", ["mkdir", "write", "link", "exchange"])
@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
                         ids=["full", "interrupt"])
def test_a_failure_half_way_leaves_the_old(out: Path, step: str, failure: BaseException, snapshot: Snapshot,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    (out / "mine").write_bytes(b"mine")
    before = snapshot(out.parent)
    calls = 0

    def broken(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls > 1 or step in ("exchange", "link"):
            raise failure
        return real(*arguments, **options)

    holder, name = {"mkdir": (Path, "mkdir"), "write": (Path, "write_bytes"), "link": (os, "link"),
                    "exchange": (output, "_exchange")}[step]
    real = getattr(holder, name)
    monkeypatch.setattr(holder, name, broken)
    if step == "link":
        monkeypatch.setattr(shutil, "copy2", broken)
    with pytest.raises((PortkitError, KeyboardInterrupt)) as caught:
        install(out, with_record(TWO))
    monkeypatch.undo()
    assert calls
    assert snapshot(out.parent) == before
    if isinstance(failure, OSError):
        assert "No space left on device" in str(caught.value)


def test_a_second_rename_that_fails_is_taken_back(out: Path, snapshot: Snapshot,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Without RENAME_EXCHANGE the old folder steps aside; it comes back when the new one cannot come."""
    class Without:
        @staticmethod
        def renameat2(*arguments: object) -> int:
            return -1
    before = snapshot(out.parent)
    real, calls = os.rename, []

    def rename(source: object, target: object) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        real(source, target)        # type: ignore[arg-type]
    monkeypatch.setattr(ctypes, "CDLL", lambda *a, **k: Without)
    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(PortkitError, match="Input/output error"):
        install(out, with_record(TWO))
    monkeypatch.undo()
    assert len(calls) == 3
    assert snapshot(out.parent) == before


MANY = 30


def many(text: bytes) -> dict[str, bytes]:
    return with_record({f"usr/src/f{number}.c": text * 100 for number in range(MANY)})


def whole(out: Path) -> str:
    """Which of the two sets of files a folder holds; an error where it is a mix."""
    texts = {path.read_bytes() for path in (out / "usr/src").iterdir()}
    assert len(texts) == 1, "files of two runs"
    assert len(list((out / "usr/src").iterdir())) == MANY
    assert hand_edits(out) == []
    assert (out / "mine").read_bytes() == b"mine"
    return texts.pop().decode()[:3]


@kill_kit.NEEDS
@pytest.mark.parametrize("exchange", ["exchange", "two renames"])
def test_killed_at_any_moment(exchange: str, tmp_path: Path) -> None:
    """SIGKILL cannot be caught: whenever it comes, the folder is as before or as after.

    Where the file system has no RENAME_EXCHANGE, that holds once the next run has looked after it.
    """
    out = tmp_path / "place/out"
    sets = {"one": many(b"one"), "two": many(b"two")}
    seen = Counter()

    def again() -> None:
        shutil.rmtree(out.parent, ignore_errors=True)
        out.mkdir(parents=True)
        (out / "mine").write_bytes(b"mine")
        install(out, sets["one"])

    def work() -> None:
        if exchange == "two renames":
            ctypes.CDLL = lambda *a, **k: object()          # type: ignore[assignment, misc]
        install(out, sets["two"])

    for _ in kill_kit.kills(work, kill_kit.every_call, 30, 2, again):
        if exchange == "two renames":
            recover(out)
        seen[whole(out)] += 1
        install(out, sets["one"])
        assert whole(out) == "one" and os.listdir(out.parent) == ["out"], "what a killed run left is gone"
    assert seen["one"] + seen["two"] == 30 and min(seen.values()) > 0, seen
