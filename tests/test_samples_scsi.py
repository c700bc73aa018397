"""The sample SCSI driver at work, as FreeBSD has it, on a host of Python: what it sends, and what CAM hears of it."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_samples import ENXIO, PAGE, Host, build_library, need_headers, offered, open_sample

SHIM = Path(__file__).with_name("samples_scsi.c")

COMMANDS, RING, MAXIO = 256, 32, 128 * 1024
CONTROL, RESET = COMMANDS, COMMANDS + 1                   # numbers of packets that are no commands
ENOMEM, ETIMEDOUT, EOPNOTSUPP = 12, 60, 45  # as FreeBSD has them

# The storage protocol: operations, and statuses of a request block.
DONE, REMOVE, EXECUTE, RESET_BUS, BEGIN, END, VERSION, PROPERTIES, ENUMERATE = 1, 2, 3, 6, 7, 8, 9, 10, 11
VERSIONS = [0x0602, 0x0600, 0x0501, 0x0402, 0x0200]

# CAM: statuses (cam/cam.h) and flags (cam/cam_ccb.h)
CMP, ABORTED, UA_ABORT, CMP_ERR, BUSY, INVALID, DEV_NOT_THERE, CMD_TIMEOUT, SCSI_STATUS, BUS_RESET = (
    1, 2, 3, 4, 5, 6, 8, 11, 12, 14)
DATA_RUN_ERR, TOO_BIG, REQUEUE, RESRC_UNAVAIL = 0x12, 0x1a, 0x1b, 0x34
STATUS, DEV_QFRZN, AUTOSNS_VALID, RELEASE_SIMQ, SIM_QUEUED = 0x3f, 0x40, 0x80, 0x100, 0x200
CDB_POINTER, DIR_BOTH, DIR_IN, DIR_OUT, DIR_NONE = 0x01, 0x00, 0x40, 0x80, 0xc0
XPT_ABORT, XPT_RESET_BUS, XPT_RESET_DEV, XPT_PATH_INQ, XPT_CALC_GEOMETRY, XPT_NOOP = (
    0x10, 0x411, 0x912, 0x04, 0x17, 0x00)
FOREVER = 0xffffffff
TEST_UNIT_READY = bytes(6)


class Packet:
    """A packet of the guest's, taken apart as the specification says."""

    def __init__(self, kind: int, flags: int, xact: int, lists: bytes, data: bytes) -> None:
        assert flags == 1, "the guest does not ask for the answer that it waits for"
        assert kind == (9 if lists else 6)
        self.xact, self.data = xact, data
        self.operation, asks, self.status = struct.unpack_from("<III", data)
        assert asks == 1 and self.status == 0
        self.length, self.offset, self.pages = 0, 0, ()
        if lists:
            reserved, count, self.length, self.offset = struct.unpack_from("<4I", lists)
            self.pages = struct.unpack(f"<{len(lists) // 8 - 2}Q", lists[16:])
            assert (reserved, count) == (0, 1) and self.offset < PAGE
            assert len(self.pages) == -(-(self.offset + self.length) // PAGE)

    def memory(self) -> list[tuple[int, int]]:
        """The bytes that the host may touch: where each part begins, and its length."""
        parts, at, left = [], self.offset, self.length
        for page in self.pages:
            upto = min(left, PAGE - at)
            parts.append((page * PAGE + at, upto))
            left, at = left - upto, 0
        return parts

    def srb(self) -> tuple[int, ...]:
        return struct.unpack_from("<HBBBBBBBBBBI", self.data, 12)

    def cdb(self) -> bytes:
        return self.data[28:28 + self.data[20]]


class Storage(Host):
    """A host with a storage controller: it answers what sets it up, and keeps commands for the test."""

    def __init__(self, library: ctypes.CDLL, speaks: list[int] | None = None, max_transfer: int = 0) -> None:
        super().__init__(library)
        self.versions = VERSIONS if speaks is None else speaks
        self.max_transfer = max_transfer
        self.setup: list[Packet] = []
        self.commands: list[Packet] = []
        self.resets: list[Packet] = []
        self.mute: int | None = None            # operation that is not answered
        self.device = offered(self)

    def attach(self, fail: int = 0) -> int:
        result = self.library.shim_attach(self.device, fail)
        assert isinstance(result, int) and not self.errors
        return result

    def _call(self, code: int, address: int) -> int:
        result = super()._call(code, address)
        if code == 0x5d:
            self.read()
        return result

    def read(self) -> None:
        ring = self.ring(0, RING)
        while ring.header[0] != ring.header[1]:
            packet = Packet(*ring.take_any())
            if packet.operation == EXECUTE:
                assert packet.xact < COMMANDS
                self.commands.append(packet)
            elif packet.operation == RESET_BUS:
                assert packet.xact == RESET
                self.resets.append(packet)
            else:
                assert packet.xact == CONTROL
                self.setup.append(packet)
                if packet.operation != self.mute:
                    self.answer_setup(packet)

    def answer_setup(self, packet: Packet) -> None:
        status, body = 0, b""
        if packet.operation == VERSION:
            version, revision = struct.unpack_from("<HH", packet.data, 12)
            assert revision == 0
            status = 0 if version in self.versions else 0xc0000059
        elif packet.operation == PROPERTIES:
            body = struct.pack("<IHHIIQ", 0, 0, 0, 0, self.max_transfer, 0)
        self.say_packet(packet.xact, struct.pack("<III", DONE, 0, status) + body, len(packet.data))

    def say_packet(self, xact: int, data: bytes, length: int = 64, kind: int = 11) -> None:
        self.ring(RING, RING).put(data.ljust(length, b"\0"), xact, kind)
        self.raise_event(7)
        self.library.shim_run()

    def answer(self, packet: Packet, srb: int = 1, scsi: int = 0, moved: int | None = None,
               sense: bytes = b"") -> None:
        body = bytearray(packet.data)
        struct.pack_into("<III", body, 0, DONE, 0, 0)
        body[14], body[15], body[21] = srb, scsi, len(sense)
        struct.pack_into("<I", body, 24, packet.length if moved is None else moved)
        body[28:48] = sense[:20].ljust(20, b"\0")
        self.say_packet(packet.xact, bytes(body[:len(packet.data)]), len(packet.data))

    # What the test does as CAM

    def start(self, cdb: bytes = TEST_UNIT_READY, data: ctypes.Array | None = None, at: int = 0, size: int = 0,
              flags: int = DIR_NONE, target: int = 0, lun: int = 0, timeout: int = 60000) -> int:
        address = ctypes.addressof(data) + at if data is not None else None
        ccb = self.library.shim_command(target, lun, cdb, len(cdb), flags, ctypes.c_void_p(address), size,
                                        ctypes.c_uint(timeout))
        assert isinstance(ccb, int) and not self.errors
        return ccb

    def done(self) -> list[int]:
        return list(iter(self.library.shim_done, None))

    def result(self, ccb: int) -> int:
        result = self.library.shim_status(ctypes.c_void_p(ccb))
        assert isinstance(result, int)
        return result

    def end(self) -> None:
        """Nothing is left to detach but the driver, and nothing of it afterwards."""
        assert self.library.shim_loaded() == 0
        assert self.library.shim_detach(None) == 0 and self.library.shim_held() == 0
        assert not self.errors


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    need_headers()
    place = tmp_path_factory.mktemp("scsi")
    loaded = build_library(open_sample(place, None), place, SHIM)
    for name in ("shim_command", "shim_ask", "shim_done", "shim_sense"):
        getattr(loaded, name).restype = ctypes.c_void_p
    loaded.shim_status.restype = ctypes.c_uint
    return loaded


@pytest.fixture
def host(library: ctypes.CDLL) -> Iterator[Storage]:
    storage = Storage(library)
    assert storage.attach() == 0
    yield storage
    assert not storage.errors


@pytest.fixture
def buffer() -> ctypes.Array:
    """Memory with a page's start in it: one for all, of which parts are used."""
    return ctypes.create_string_buffer(MAXIO + 3 * PAGE)


def page_start(buffer: ctypes.Array) -> int:
    return -ctypes.addressof(buffer) % PAGE


# -- coming and going -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(VERSIONS)))
def test_versions_are_tried_downwards(library: ctypes.CDLL, number: int) -> None:
    host = Storage(library, VERSIONS[number:])
    assert host.attach() == 0
    assert [packet.operation for packet in host.setup] == [BEGIN, *[VERSION] * (number + 1), PROPERTIES, END]
    assert [struct.unpack_from("<H", packet.data, 12)[0] for packet in host.setup[1:-2]] == VERSIONS[:number + 1]
    assert library.shim_protocol_of_scsi() == VERSIONS[number]
    # From 5.1 on there is more in a packet; until that is agreed on, there is not.
    length = 64 if VERSIONS[number] >= 0x0501 else 48
    assert [len(packet.data) for packet in host.setup] == [48] * (number + 2) + [length] * 2

    host.start(flags=DIR_NONE, lun=5, target=1)
    packet, = host.commands
    sense = 20 if length == 64 else 18
    assert packet.srb() == (length - 12, 0, 0, 0, 0, 1, 5, 6, sense, 2, 0, 0) and len(packet.data) == length
    host.answer(packet)
    assert [host.result(ccb) for ccb in host.done()] == [CMP]
    host.end()
    assert host.kinds()[-2:] == [7, 11]         # the channel closed, its pages taken back


def test_a_host_of_no_known_version(library: ctypes.CDLL) -> None:
    host = Storage(library, [0x0700])
    assert host.attach() == EOPNOTSUPP
    assert [packet.operation for packet in host.setup] == [BEGIN] + [VERSION] * len(VERSIONS)
    assert library.shim_held() == 0 and host.kinds()[-2:] == [7, 11]


@pytest.mark.parametrize("operation", [BEGIN, VERSION, PROPERTIES, END])
def test_a_host_that_does_not_answer(library: ctypes.CDLL, operation: int) -> None:
    host = Storage(library)
    host.mute = operation
    assert host.attach() == ETIMEDOUT
    assert library.shim_held() == 0 and host.kinds()[-2:] == [7, 11]


def test_each_failing_allocation_is_undone(library: ctypes.CDLL) -> None:
    for nth in range(1, 1000):
        host = Storage(library)
        result = host.attach(fail=nth)
        if not library.shim_failed():
            break
        assert result in (ENOMEM, ENXIO) and library.shim_held() == 0, nth
    assert nth == 1 + COMMANDS + 4 + 1          # a tag, maps; queue, SIM, bus, path
    assert result == 0
    host.end()


@pytest.mark.parametrize(("offered_size", "size"), [(0, MAXIO), (65536, 65536), (1 << 20, MAXIO), (512, MAXIO)])
def test_bus_describes_itself(library: ctypes.CDLL, offered_size: int, size: int) -> None:
    host = Storage(library, max_transfer=offered_size)
    assert host.attach() == 0
    ccb = ctypes.c_void_p(library.shim_ask(XPT_PATH_INQ))
    assert library.shim_status(ccb) == CMP
    assert (library.shim_maxio(ccb), library.shim_max_target(ccb), library.shim_max_lun(ccb)) == (size, 1, 63)
    assert host.result(library.shim_ask(XPT_ABORT)) == UA_ABORT
    assert host.result(library.shim_ask(XPT_CALC_GEOMETRY)) == CMP
    assert host.result(library.shim_ask(XPT_NOOP)) == INVALID
    host.end()


# -- commands -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "size"), [
    (0, 512), (512, 512), (3584, 512), (4095, 2), (0, PAGE), (1, PAGE), (8, 3 * PAGE - 16), (0, MAXIO),
    (2048, MAXIO), (PAGE - 1, MAXIO)])
@pytest.mark.parametrize(("flags", "direction", "srb_flags", "syncs"), [
    (DIR_IN, 1, 0x40, 0x12), (DIR_OUT | CDB_POINTER, 0, 0x80, 0x48)])
def test_data_pages(host: Storage, buffer: ctypes.Array, offset: int, size: int, flags: int, direction: int,
                    srb_flags: int, syncs: int) -> None:
    cdb = bytes([0x88, *range(15)])
    at = page_start(buffer) + offset
    ccb = host.start(cdb, buffer, at, size, flags, timeout=20500)
    packet, = host.commands
    assert packet.srb() == (52, 0, 0, 0, 0, 0, 0, 16, 20, direction, 0, size) and packet.cdb() == cdb
    assert struct.unpack_from("<III", packet.data, 52) == (srb_flags, 21, 0)
    parts = packet.memory()
    assert [start for start, _size in parts] == [
        ctypes.addressof(buffer) + at + sum(part for _start, part in parts[:n]) for n in range(len(parts))]
    assert sum(part for _start, part in parts) == size
    assert host.done() == [] and host.library.shim_loaded() == 1
    host.answer(packet)
    assert host.done() == [ccb] and host.result(ccb) == CMP
    assert host.library.shim_resid(ctypes.c_void_p(ccb)) == 0
    assert host.library.shim_syncs() == syncs   # before and after, in this direction
    host.end()


def test_what_cannot_be_sent(host: Storage, buffer: ctypes.Array) -> None:
    at = page_start(buffer)
    library = host.library

    def refused(status: int, **kind: object) -> None:
        ccb = host.start(**kind)                # type: ignore[arg-type]
        assert host.done() == [ccb] and host.result(ccb) == status | DEV_QFRZN
        assert host.commands == [] and library.shim_loaded() == 0

    refused(DEV_NOT_THERE, target=2)
    refused(DEV_NOT_THERE, lun=64)
    refused(INVALID, cdb=bytes(17))
    refused(INVALID, data=buffer, at=at, size=512, flags=DIR_BOTH)
    refused(TOO_BIG, data=buffer, at=at, size=MAXIO + 512, flags=DIR_IN)
    library.shim_fail(1)
    refused(RESRC_UNAVAIL, data=buffer, at=at, size=512, flags=DIR_IN)
    library.shim_hole(1)
    refused(INVALID, data=buffer, at=at, size=2 * PAGE, flags=DIR_IN)
    library.shim_hole(0)
    assert library.shim_devq_frozen() == 7
    # All of its commands are still free.
    for _ in range(COMMANDS):
        host.start()
    assert len(host.commands) == COMMANDS and library.shim_frozen() == 0
    for packet in host.commands:
        host.answer(packet)
    assert len(host.done()) == COMMANDS
    host.end()


@pytest.mark.parametrize(("srb", "status"), [
    (0x01, CMP), (0x12, DATA_RUN_ERR), (0x02, ABORTED), (0x05, BUSY), (0x06, INVALID), (0x08, DEV_NOT_THERE),
    (0x09, CMD_TIMEOUT), (0x0e, BUS_RESET), (0x20, DEV_NOT_THERE), (0x21, DEV_NOT_THERE), (0x04, CMP_ERR),
    (0x3f, CMP_ERR), (0x41, CMP)])
def test_statuses_of_the_host(host: Storage, srb: int, status: int) -> None:
    ccb = host.start()
    host.answer(host.commands[0], srb=srb)
    assert host.done() == [ccb]
    assert host.result(ccb) == status | (DEV_QFRZN if status != CMP else 0)
    assert host.library.shim_devq_frozen() == (status != CMP)
    host.end()


@pytest.mark.parametrize(("sense", "valid"), [(b"", False), (bytes(range(8)), True), (bytes(range(18)), True)])
def test_statuses_of_the_device(host: Storage, buffer: ctypes.Array, sense: bytes, valid: bool) -> None:
    ccb = host.start(bytes(10), buffer, 0, 4096, DIR_IN)
    host.answer(host.commands[0], srb=0x04 | (0x80 if sense else 0), scsi=2, moved=1024, sense=sense)
    assert host.done() == [ccb]
    assert host.result(ccb) == SCSI_STATUS | DEV_QFRZN | (AUTOSNS_VALID if valid else 0)
    pointer = ctypes.c_void_p(ccb)
    assert host.library.shim_scsi_status(pointer) == 2 and host.library.shim_resid(pointer) == 3072
    if valid:
        assert host.library.shim_sense_len(pointer) == len(sense)
        assert ctypes.string_at(host.library.shim_sense(pointer), 32) == sense.ljust(32, b"\0")
    # Sense data that are not said to be valid, or longer than there can be.
    ccb = host.start()
    host.answer(host.commands[1], srb=0x04, scsi=2, sense=bytes(range(18)))
    assert host.result(ccb) == SCSI_STATUS | DEV_QFRZN
    ccb = host.start()
    host.answer(host.commands[2], srb=0x84, scsi=2, sense=bytes(255))
    assert host.library.shim_sense_len(ctypes.c_void_p(ccb)) == 20
    host.end()


def test_short_transfers(host: Storage, buffer: ctypes.Array) -> None:
    for srb, moved, resid in ((1, 0, 8192), (1, 512, 7680), (0x12, 512, 7680), (0x12, 8192, 0), (1, 9000, 0)):
        ccb = host.start(bytes(10), buffer, 0, 8192, DIR_IN)
        host.answer(host.commands.pop(), srb=srb, moved=moved)
        assert host.done() == [ccb] and host.result(ccb) == CMP
        assert host.library.shim_resid(ctypes.c_void_p(ccb)) == resid
    host.end()


def test_more_commands_than_there_are(host: Storage, buffer: ctypes.Array) -> None:
    ccbs = [host.start(bytes(10), buffer, 5, MAXIO, DIR_OUT) for _ in range(COMMANDS)]
    assert len(host.commands) == COMMANDS and len({packet.xact for packet in host.commands}) == COMMANDS
    more = [host.start(), host.start()]
    assert host.done() == more and [host.result(ccb) for ccb in more] == [REQUEUE, REQUEUE]
    assert host.library.shim_frozen() == 1 and host.library.shim_devq_frozen() == 0
    # In any order; the first that ends has the queue go on, once.
    for packet in reversed(host.commands):
        host.answer(packet)
    assert host.done() == list(reversed(ccbs))
    assert [host.result(ccb) & RELEASE_SIMQ for ccb in reversed(ccbs)] == [RELEASE_SIMQ] + [0] * (COMMANDS - 1)
    assert host.library.shim_frozen() == 0
    host.end()


def test_full_ring(host: Storage, buffer: ctypes.Array) -> None:
    """A host that does not read for a while: what does not fit comes again."""
    first = host.start(bytes(10), buffer, 0, 4096, DIR_IN)
    ring = host.ring(0, RING)
    write = ring.header[0]
    ring.header[1] = (write + 8 * 20) % ring.size               # it has not come further than this
    ccb = host.start(bytes(10), buffer, 0, MAXIO, DIR_IN)
    assert host.done() == [ccb] and host.result(ccb) == REQUEUE and host.library.shim_frozen() == 1
    assert ring.header[0] == write and host.library.shim_loaded() == 1
    ring.header[1] = write
    host.answer(host.commands[0])
    assert host.done() == [first] and host.result(first) == CMP | RELEASE_SIMQ
    assert host.library.shim_frozen() == 0
    again = host.start(bytes(10), buffer, 0, MAXIO, DIR_IN)
    host.answer(host.commands[1])
    assert host.done() == [again] and host.result(again) == CMP
    host.end()


# -- what does not come -------------------------------------------------------------------------------------


def seconds(host: Storage, count: int) -> None:
    for _ in range(count):
        host.library.shim_second()


def test_late_command_is_ended_by_a_reset(host: Storage) -> None:
    late, forever = host.start(timeout=5000), host.start(timeout=FOREVER)
    seconds(host, 5)
    assert host.resets == [] and host.done() == []
    seconds(host, 1)
    assert len(host.resets) == 1 and host.done() == []
    for packet in host.commands:
        host.answer(packet, srb=0x0e)
    host.say_packet(RESET, struct.pack("<III", DONE, 0, 0))
    assert host.done() == [late, forever]
    assert [host.result(ccb) & STATUS for ccb in (late, forever)] == [CMD_TIMEOUT, BUS_RESET]
    assert host.library.shim_asyncs() == 1
    seconds(host, 100)
    assert len(host.resets) == 1 and host.done() == []
    host.end()


def test_lost_command(host: Storage) -> None:
    lost = host.start(timeout=1000)
    seconds(host, 2)
    assert host.done() == [] and len(host.resets) == 1
    seconds(host, 3)                            # neither of them is answered
    assert host.done() == [lost] and host.result(lost) & STATUS == CMD_TIMEOUT
    # Its number is not given to another one while the host may still answer.
    packet = host.commands.pop()
    ccbs = [host.start(timeout=FOREVER) for _ in range(COMMANDS - 1)]
    assert packet.xact not in {other.xact for other in host.commands}
    more = host.start()
    assert host.done() == [more] and host.result(more) == REQUEUE
    host.answer(packet)
    assert host.done() == [] and host.library.shim_frozen() == 0
    ccbs.append(host.start())
    assert host.commands[-1].xact == packet.xact
    for packet in host.commands:
        host.answer(packet)
    assert host.done() == ccbs
    host.end()


def test_resets_that_are_asked_for(host: Storage) -> None:
    library = host.library
    for func in (XPT_RESET_BUS, XPT_RESET_DEV):
        for _ in range(2):                      # one of them is enough while it lasts
            ccb = library.shim_ask(func)
            assert host.done() == [ccb] and host.result(ccb) == CMP and len(host.resets) == 1
        host.resets.clear()
        host.say_packet(RESET, struct.pack("<III", DONE, 0, 0))
    assert library.shim_asyncs() == 2
    library.shim_ask(XPT_RESET_BUS)
    host.say_packet(RESET, struct.pack("<III", DONE, 0, 0xc0000001))
    library.shim_ask(XPT_RESET_BUS)
    seconds(host, 3)                            # not answered: the next one is tried
    library.shim_ask(XPT_RESET_BUS)
    assert len(host.resets) == 3 and library.shim_asyncs() == 2
    library.hvs_channel_rescind(host.bus, 7)
    seconds(host, 3)
    ccb = library.shim_ask(XPT_RESET_BUS)
    assert host.result(ccb) == CMP_ERR and len(host.resets) == 3
    host.end()


def test_changes_are_looked_for(host: Storage) -> None:
    host.say_packet(0, struct.pack("<III", ENUMERATE, 0, 0), kind=6)
    host.say_packet(0, struct.pack("<III", REMOVE, 0, 0), kind=6)
    assert host.library.shim_rescans() == 2
    for nth in (1, 2):                          # no CCB, no path
        host.library.shim_fail(nth)
        host.say_packet(0, struct.pack("<III", ENUMERATE, 0, 0), kind=6)
    assert host.library.shim_rescans() == 2
    # What makes no sense changes nothing.
    host.say_packet(0, b"", 16)
    host.say_packet(0, struct.pack("<III", 99, 0, 0))
    for xact in (0, COMMANDS - 1, RESET + 1, 1 << 63):
        host.say_packet(xact, struct.pack("<III", DONE, 0, 0))
    assert host.done() == []
    host.end()


def test_polling(host: Storage) -> None:
    ccb = host.start()
    host.library.shim_poll()
    assert host.done() == []
    body = struct.pack("<III", DONE, 0, 0) + host.commands[0].data[12:14] + b"\1"
    host.ring(RING, RING).put(body.ljust(64, b"\0"), host.commands[0].xact, 11)
    host.library.shim_poll()
    assert host.done() == [ccb] and host.result(ccb) == CMP
    host.end()


def test_device_that_is_taken_away(host: Storage) -> None:
    ccbs = [host.start(), host.start(timeout=FOREVER)]
    host.library.hvs_channel_rescind(host.bus, 7)
    after = host.start()
    assert host.done() == [after] and host.result(after) & STATUS == DEV_NOT_THERE
    ended = detach_while(host, host.library.shim_second)
    assert ended == ccbs and [host.result(ccb) & STATUS for ccb in ccbs] == [DEV_NOT_THERE] * 2
    assert host.library.shim_held() == 0 and host.library.shim_loaded() == 0


def test_detach_waits_for_commands(host: Storage) -> None:
    ccb = host.start()
    assert detach_while(host, lambda: host.answer(host.commands.pop())) == [ccb]
    assert host.result(ccb) == CMP and host.library.shim_held() == 0


def detach_while(host: Storage, something: Callable[[], object]) -> list[int]:
    """Detach; what happens while CAM waits in it for those who use the bus: the commands that ended by then."""
    ended: list[int] = []

    def wait() -> int:
        something()
        ended.extend(host.done())
        return 0

    callback = ctypes.CFUNCTYPE(ctypes.c_int)(wait)
    assert host.library.shim_detach(callback) == 0
    return ended
