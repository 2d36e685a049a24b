"""Videos without an end, and timestamps that no camera writes."""

import functools
import struct

import containers as c
from media import ANY, DAMAGED, WHOLE, jpegs, motion, sound


def endless(corpus):
    add = functools.partial(corpus.add, "endless")
    add("goes-on.mkv", lambda: c.matroska(c.track(), *motion(20), duration=1), WHOLE)
    add(
        "goes-on-for-days.mkv",
        lambda: c.matroska(c.track(), *motion(0, [5_000 * index for index in range(20)]), duration=1),
        "too_large",
    )

    def edits(count, duration=0, start=0, rate=1 << 16):
        entries = struct.pack(">IiI", duration, start, rate) * count
        elst = c.box(b"elst", struct.pack(">II", 0, count), entries)

        def change(path, payload):
            if path[-1] == b"edts":
                return elst

        return c.rewrite_boxes(sound("plain.mp4"), change)

    add("edits-1000.mp4", lambda: edits(1000, 2000), *ANY, wide=True)
    add("edits-1000000.mp4", lambda: edits(1_000_000, 2000), "too_large", wide=True)
    add("edits-of-nothing.mp4", lambda: edits(20_000), *ANY)
    add("edits-backwards.mp4", lambda: edits(3, 2000, -5), *ANY)
    add("edits-late.mp4", lambda: edits(3, 0x7FFFFFFF, 0x7FFFFFF0), *ANY)
    add("edits-still.mp4", lambda: edits(3, 2000, 0, 0), *ANY)
    many = lambda: c.annex_b(c.nal_units(sound("plain.h264")) * 20)
    add("repeats.h264", many, WHOLE, wide=True)


def times(corpus):
    add = functools.partial(corpus.add, "timestamps")
    even = [100 * index for index in range(20)]
    cases = {
        "jump": [*even[:10], *(2**62 + time for time in even[10:])],
        "jump-once": [*even[:10], 2**62, *even[11:]],
        "jump-years": [*even[:10], *(10**11 + time for time in even[10:])],
        "largest": [2**63 - 1] * 20,
        "first-largest": [2**63 - 1, *even[1:]],
        "wraps": [2**64 - 1000 + time for time in even[:10]] + even[10:],
        "backwards": even[::-1],
        "zigzag": [time if index % 2 else 10_000 - time for index, time in enumerate(even)],
        "same": [0] * 20,
    }
    for name, times in cases.items():
        add(
            f"times-{name}.mkv",
            lambda times=times: c.matroska(c.track(), *motion(20, times)),
            WHOLE,
            DAMAGED,
            "too_large",
            "corrupt_video",
        )
    add("times-scale-zero.mkv", lambda: c.matroska(c.track(), *motion(20), scale=0), *ANY)
    add("times-scale-largest.mkv", lambda: c.matroska(c.track(), *motion(20), scale=2**63 - 1), *ANY)
    add("times-not-a-number.mkv", lambda: c.matroska(c.track(), *motion(20), duration=float("nan")), *ANY)
    add("times-infinite.mkv", lambda: c.matroska(c.track(), *motion(20), duration=float("inf")), *ANY)
    add(
        "times-negative.mkv",
        lambda: c.matroska(
            c.track(),
            c.cluster(0, *(c.simple_block(each, offset=-32768 + 100 * i) for i, each in enumerate(jpegs()))),
            duration=-5.0,
        ),
        *ANY,
    )
    deltas = struct.pack(">IIII", 0, 1, 20, 0xFFFFFFFF)
    add("times-deltas.mp4", lambda: c.with_box(sound("plain.mp4"), b"stts", deltas), *ANY)
    add("times-still.mp4", lambda: c.with_box(sound("plain.mp4"), b"stts", struct.pack(">IIII", 0, 1, 20, 0)), *ANY)
    offsets = struct.pack(">IIIi", 0, 1, 20, -(2**31))
    add("times-offsets.mp4", lambda: c.with_box(sound("plain.mp4"), b"ctts", offsets), *ANY)
    add(
        "times-fragment.mp4",
        lambda: c.with_box(sound("parts.mp4"), b"tfdt", b"\1\0\0\0" + struct.pack(">Q", 2**62)),
        *ANY,
    )
    for name, scale in (("zero", 0), ("one", 1), ("largest", 0xFFFFFFFF)):
        change = lambda old, scale=scale: old[:12] + struct.pack(">I", scale) + old[16:]
        add(f"times-scale-{name}.mp4", lambda change=change: c.with_box(sound("plain.mp4"), b"mdhd", change), *ANY)
