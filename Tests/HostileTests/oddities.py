"""Media without a video, and videos as nobody makes them."""

import functools
import struct

import containers as c
from media import DAMAGED, REFUSED, WHOLE, in_matroska, jpegs, motion, sound


def others(corpus):
    add = functools.partial(corpus.add, "no video")
    for name in ("sound.mp4", "sound.mp3", "sound.wav", "sound.flac"):
        add(f"only-{name}", functools.partial(sound, name), "no_video_stream")
    picture = lambda: c.element(
        "1941A469",
        c.element(
            "61A7",
            c.element("466E", b"cover.jpg"),
            c.element("4660", b"image/jpeg"),
            c.element("465C", jpegs()[0]),
            c.unsigned("46AE", 7),
        ),
    )
    add("only-attachment.mkv", lambda: c.matroska(b"", picture()), *REFUSED)
    add(
        "only-subtitles.mkv",
        lambda: c.matroska(c.track(kind=17, codec="S_TEXT/UTF8"), c.cluster(0, c.simple_block(b"Hello"))),
        "no_video_stream",
    )
    frame = lambda: b"\0image/jpeg\0\3\0" + jpegs()[0]

    def cover():
        size = len(frame()) + 10
        packed = bytes((size >> shift) & 127 for shift in (21, 14, 7, 0))
        return b"ID3\3\0\0" + packed + b"APIC" + struct.pack(">IH", len(frame()), 0) + frame() + sound("sound.mp3")

    add("only-cover.mp3", cover, "no_video_stream")
    add = functools.partial(corpus.add, "odd video")
    add("no-frames.mkv", lambda: c.matroska(c.track()), "corrupt_video", "no_video_stream")
    add(
        "empty-frames.mkv",
        lambda: c.matroska(c.track(), *(c.cluster(100 * i, c.simple_block(b"")) for i in range(20))),
        "corrupt_video",
    )
    add(
        "empty-frame-between.mkv",
        lambda: c.matroska(
            c.track(),
            *motion(10),
            c.cluster(1000, c.simple_block(b"")),
            *motion(0, [1100 + 100 * index for index in range(9)]),
        ),
        WHOLE,
        DAMAGED,
    )


def shapes(corpus):
    add = functools.partial(corpus.add, "odd video")

    def pictures(*sizes):
        return in_matroska(*(c.png(*size) for size in sizes for _ in range(4)))

    for width, height in ((1, 1), (2, 2), (5000, 1), (3, 8000), (63, 127)):
        add(f"shape-{width}x{height}.mkv", functools.partial(pictures, (width, height)), WHOLE)
    add("shape-changes.mkv", lambda: pictures((160, 120), (4000, 3000), (1, 1), (120, 160)), WHOLE, DAMAGED)

    def stretched():
        track = c.track()
        display = c.unsigned("54B0", 2**31) + c.unsigned("54BA", 1)
        at = track.index(bytes.fromhex("B0"))
        end = len(track)
        video = track[at:end] + display
        head = c.unsigned("D7", 1) + c.unsigned("73C5", 1) + c.unsigned("83", 1) + c.element("86", b"V_MJPEG")
        return c.matroska(c.element(c.TRACK, head, c.element("E0", video)), *motion(5))

    add("shape-stretched.mkv", stretched, WHOLE)
