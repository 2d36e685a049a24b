"""Headers that declare more than there is: pixels, frames, table entries, streams."""

import functools
import struct

import containers as c
from media import ANY, DAMAGED, WHOLE, in_matroska, jpegs, motion, sound


def sizes(corpus):
    add = functools.partial(corpus.add, "declared size")
    add(
        "size-mkv.mkv",
        lambda: c.matroska(c.track(width=100_000, height=100_000), c.cluster(0, c.simple_block(jpegs()[0]))),
        WHOLE,
        "too_large",
    )
    windows = c.video_for_windows(b"MPNG", 100_000, 100_000)

    add(
        "size-avi.avi",
        lambda: sound("plain.avi").replace(struct.pack("<II", 160, 120), struct.pack("<II", 100_000, 100_000)),
        WHOLE,
        "too_large",
    )
    add("size-avc1.mp4", lambda: sound("front.mp4").replace(struct.pack(">HH", 160, 120), b"\xff" * 4), *ANY)
    add("size-png.mkv", lambda: in_matroska(c.png(100_000, 100_000, rows=10)), "too_large", "corrupt_video")
    add(
        "size-png-avi.mkv",
        lambda: c.matroska(
            c.track(codec="V_MS/VFW/FOURCC", private=windows),
            c.cluster(0, c.simple_block(c.png(100_000, 100_000, rows=10))),
        ),
        "too_large",
        "corrupt_video",
    )
    add(
        "size-jpeg.mkv",
        lambda: c.matroska(c.track(), c.cluster(0, c.simple_block(c.sized_jpeg(jpegs()[0], 65500, 65500)))),
        "too_large",
        "corrupt_video",
    )
    add("size-png.mp4", lambda: c.png(100_000, 100_000, rows=10), "not_a_video")
    add("size-jpeg.mp4", lambda: c.sized_jpeg(jpegs()[0], 65500, 65500), "not_a_video")
    add("size-gif.gif", lambda: c.gif(65535, 65535, 2), "too_large", "corrupt_video")
    add(
        "size-y4m.mp4",
        lambda: b"YUV4MPEG2 W100000 H100000 F25:1 Ip A1:1 C420jpeg\nFRAME\n" + bytes(1000),
        "too_large",
        "corrupt_video",
    )
    add(
        "size-ivf.mp4",
        lambda: b"DKIF\0\0\x20\0VP80\xff\xff\xff\xff"
        + struct.pack("<IIII", 25, 1, 1, 0)
        + struct.pack("<IQ", 100, 0)
        + bytes(100),
        "too_large",
        "corrupt_video",
    )

    def with_sps(width, height):
        return c.annex_b(
            c.h264_sps(width, height) if unit[0] & 31 == 7 else unit for unit in c.nal_units(sound("plain.h264"))
        )

    add("size-sps.h264", lambda: with_sps(100_000, 100_000), "too_large", "corrupt_video", "not_a_video")
    add("size-sps-16k.h264", lambda: with_sps(16_000, 16_000), "too_large", "corrupt_video", "not_a_video")
    add("size-sps-limit.h264", lambda: with_sps(8192, 4320), "corrupt_video", DAMAGED, wide=True)


def counts(corpus):
    add = functools.partial(corpus.add, "declared counts")

    def table(*words):
        return struct.pack(f">{len(words)}I", *words)

    billion = 1_000_000_000
    changes = {
        "stts": {b"stts": table(0, 1, billion, 1024)},
        "stts-entries": {b"stts": table(0, billion, 1, 1024)},
        "stsz": {b"stsz": table(0, 0, billion, 100)},
        "stsz-constant": {
            b"stsz": table(0, 1, billion),
            b"stts": table(0, 1, billion, 1),
            b"stsc": table(0, 1, 1, billion, 1),
        },
        "stsz-constant-100M": {
            b"stsz": table(0, 1, 10**8),
            b"stts": table(0, 1, 10**8, 1),
            b"stsc": table(0, 1, 1, 10**8, 1),
        },
        "stsz-constant-20M": {
            b"stsz": table(0, 1, 2 * 10**7),
            b"stts": table(0, 1, 2 * 10**7, 1),
            b"stsc": table(0, 1, 1, 2 * 10**7, 1),
        },
        "stsz-zero": {b"stsz": table(0, 0, 2 * 10**7), b"stts": table(0, 1, billion, 1)},
        "stsc": {b"stsc": table(0, 1, 1, billion, 1)},
        "stsc-entries": {b"stsc": table(0, billion, 1, 1, 1)},
        "stco": {b"stco": table(0, billion, 48)},
        "stss": {b"stss": table(0, billion, 1)},
        "ctts": {b"ctts": table(0, 1, billion, 0)},
        "stsd": {b"stsd": lambda old: table(0, billion) + old[8:]},
        "mdhd": {b"mdhd": lambda old: old[:16] + table(billion) + old[20:]},
    }

    def changed(changes):
        data = sound("plain.mp4")
        for kind, payload in changes.items():
            data = c.with_box(data, kind, payload)
        return data

    for name, change in changes.items():
        add(f"count-{name}.mp4", functools.partial(changed, change), *ANY)
    add(
        "count-trun.mp4",
        lambda: c.with_box(sound("parts.mp4"), b"trun", lambda old: old[:4] + table(billion) + old[8:]),
        *ANY,
    )
    add(
        "count-sidx.mp4",
        lambda: sound("parts.mp4") + c.box(b"sidx", table(0, 1, 1000, 0, 0, 0xFFFF), bytes(12)),
        *ANY,
    )

    def avi_frames():
        data = bytearray(sound("plain.avi"))
        at = data.index(b"avih")
        struct.pack_into("<I", data, at + 8 + 16, billion)
        at = data.index(b"strh")
        struct.pack_into("<I", data, at + 8 + 32, billion)
        return bytes(data)

    add("count-frames.avi", avi_frames, "too_large", WHOLE, DAMAGED)
    add("count-index.avi", lambda: sound("plain.avi").replace(b"idx1", b"idx1\xff\xff\xff\x7f"), *ANY)
    add("count-duration.mkv", lambda: c.matroska(c.track(), *motion(20), duration=1e12), "too_large")
    add(
        "count-binary.mkv",
        lambda: c.matroska(c.track(private=b"") + c.element(c.TRACK, c.element("63A2", size=1 << 55)), *motion(3)),
        *ANY,
    )
    add("count-void.mkv", lambda: c.matroska(c.track(), c.element("EC", size=1 << 55), *motion(3)), *ANY)


def streams(corpus):
    add = functools.partial(corpus.add, "streams")

    def mp4(count):
        def change(path, payload):
            if path[-1] == b"trak":
                return [c.box(b"trak", payload)] * count

        return c.rewrite_boxes(sound("plain.mp4"), change)

    def avi(count):
        data = sound("plain.avi")
        start = data.index(b"LIST", data.index(b"hdrl"))
        end = start + 8 + struct.unpack_from("<I", data, start + 4)[0]
        more = data[start:end] * (count - 1)
        header = data.index(b"hdrl") - 4
        size = struct.unpack_from("<I", data, header)[0] + len(more)
        return data[:header] + struct.pack("<I", size) + data[header + 4 : end] + more + data[end:]

    def ts(count, with_tables):
        packets = c.ts_packets(sound("plain.ts"))
        pids = [c.ts_pid(packet) for packet in packets]
        video = max(set(pids), key=pids.count)
        first = packets[pids.index(video)]
        kept = packets if with_tables else [packet for packet in packets if c.ts_pid(packet) == video]
        return b"".join(kept) + b"".join(c.with_pid(first, 0x20 + index % 8000) for index in range(count))

    def programs(count):
        """A program map for each of many programs, of 150 streams each."""

        def section(table, identifier, content):
            body = struct.pack(">BHHBBB", table, 0xB000 | (len(content) + 9), identifier, 0xC1, 0, 0) + content
            return b"\0" + body + struct.pack(">I", mpeg_crc(body))

        def packet(pid, payload, first, counter):
            header = struct.pack(">BHB", 0x47, (0x4000 if first else 0) | pid, 0x10 | counter & 15)
            return header + payload.ljust(184, b"\xff")

        def packets(pid, data):
            return b"".join(packet(pid, data[at : at + 184], at == 0, at // 184) for at in range(0, len(data), 184))

        maps = [0x20 + index for index in range(count)]
        table = packets(
            0, section(0, 1, b"".join(struct.pack(">HH", i + 1, 0xE000 | pid) for i, pid in enumerate(maps)))
        )
        for index, pid in enumerate(maps):
            elements = b"".join(
                struct.pack(">BHH", 0x1B, 0xE000 | (0x100 + index * 150 + i) & 0x1FFF, 0xF000) for i in range(150)
            )
            table += packets(pid, section(2, index + 1, struct.pack(">HH", 0xE100, 0xF000) + elements))
        return table + sound("plain.ts")

    def mkv(count):
        return c.matroska(b"".join(c.track(number=index + 1) for index in range(count)), *motion(2))

    for count in (100, 10_000):
        add(f"streams-{count}.mp4", functools.partial(mp4, count), "too_large")
        add(f"streams-{count}.mkv", functools.partial(mkv, count), "too_large")
        add(f"streams-{count}.avi", functools.partial(avi, count), "too_large")
    add("streams-8000.ts", lambda: ts(8000, with_tables=False), "too_large", WHOLE, DAMAGED)
    add("streams-8000-undeclared.ts", lambda: ts(8000, with_tables=True), "too_large", WHOLE, DAMAGED)
    add("streams-6000-programs.ts", lambda: programs(40), "too_large")


def mpeg_crc(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1
            value &= 0xFFFFFFFF
    return value
