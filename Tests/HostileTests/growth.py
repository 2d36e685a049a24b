"""Small files that grow when they are read."""

import functools
import struct
import zlib

import containers as c
from media import ANY, DAMAGED, REFUSED, WHOLE, in_matroska, motion, sound


def bombs(corpus):
    add = functools.partial(corpus.add, "bombs")
    text = lambda size: c.png_chunk(b"zTXt", b"Comment\0\0" + c.compressed_zeros(size))
    profile = lambda size: c.png_chunk(b"iCCP", b"icc\0\0" + c.compressed_zeros(size))
    add("bomb-png-text.mkv", lambda: in_matroska(c.png(160, 120, before=text(640 << 20))), *ANY)
    add("bomb-png-texts.mkv", lambda: in_matroska(c.png(160, 120, before=text(256 << 20) * 4)), *ANY, wide=True)
    add("bomb-png-profile.mkv", lambda: in_matroska(c.png(160, 120, before=profile(640 << 20))), "too_large")
    add("bomb-png-large.mkv", lambda: in_matroska(c.png(8000, 4400), width=8000, height=4400), WHOLE)
    add(
        "bomb-png-grows.mkv",
        lambda: in_matroska(c.png(160, 120), c.png(30_000, 30_000)),
        WHOLE,
        DAMAGED,
        "too_large",
    )
    add(
        "bomb-jpeg-large.mkv",
        lambda: c.matroska(c.track(), *(c.cluster(200 * i, c.simple_block(sound("large.jpg"))) for i in range(5))),
        WHOLE,
        wide=True,
    )
    add("bomb-gif.gif", lambda: c.gif(8000, 4400, 5), WHOLE, wide=True)
    compression = c.element("6D80", c.element("6240", c.unsigned("5033", 1), c.element("5034", c.unsigned("4254", 0))))
    block = lambda: c.simple_block(c.compressed_zeros(64 << 20))
    add("bomb-zlib.mkv", lambda: c.matroska(c.track(encodings=compression), c.cluster(0, block())), *ANY)
    add(
        "bomb-zlib-blocks.mkv",
        lambda: c.matroska(
            c.track(encodings=compression),
            *(c.cluster(i, c.simple_block(c.compressed_zeros(9 << 20))) for i in range(100)),
        ),
        *ANY,
    )
    stripped = c.element(
        "6D80",
        c.element(
            "6240",
            c.unsigned("5033", 1),
            c.element("5034", c.unsigned("4254", 3), c.element("4255", bytes(1 << 20))),
        ),
    )
    add(
        "bomb-stripped.mkv",
        lambda: c.matroska(
            c.track(encodings=stripped), c.cluster(0, *[c.simple_block(b"x", offset=i) for i in range(2000)])
        ),
        *ANY,
    )
    # 256 packets in each block.
    laces = c.element("A3", b"\x81\0\0\x84\xff")
    add("bomb-laces.mkv", lambda: c.matroska(c.track(), *motion(2), c.cluster(300, *[laces] * 2000)), *ANY)
    lace = c.element("A3", b"\x81\0\0\x84\xff" + b"\0" * 256)
    add(
        "bomb-laces-of-a-byte.mkv",
        lambda: c.matroska(c.track(), *motion(2), c.cluster(300, *[lace] * 1000)),
        *ANY,
    )
    nested = functools.reduce(lambda inner, _: c.element("6D80", inner)[:12] + inner, range(10_000), b"")
    add("bomb-nested.mkv", lambda: c.matroska(c.track(encodings=nested), *motion(2)), *ANY)
    add(
        "bomb-nested.mp4",
        lambda: c.box(b"ftyp", b"isom\0\0\0\0")
        + functools.reduce(lambda inner, _: c.box(b"moov", inner), range(5000), b""),
        *REFUSED,
    )

    def compressed_header(declared, content):
        packed = zlib.compress(content, 9)
        moov = c.box(b"cmov", c.box(b"dcom", b"zlib"), c.box(b"cmvd", struct.pack(">I", declared), packed))
        return c.box(b"ftyp", b"qt  \0\0\0\0") + c.box(b"moov", moov) + c.box(b"mdat", bytes(1000))

    add(
        "bomb-header.mp4",
        lambda: compressed_header(128 << 20, c.box(b"moov", c.box(b"free", bytes((128 << 20) - 32)))),
        *REFUSED,
    )
    add("bomb-header-declared.mp4", lambda: compressed_header(0x7FFFFFFF, c.box(b"moov")), *REFUSED)
    add(
        "bomb-attachment.mkv",
        lambda: c.matroska(
            c.track(),
            c.element(
                "1941A469",
                c.element(
                    "61A7",
                    c.element("466E", b"a"),
                    c.element("4660", b"image/png"),
                    c.element("465C", size=200 << 20),
                ),
            ),
            *motion(2),
        ),
        *ANY,
    )
