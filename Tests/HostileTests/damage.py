"""Files that were sound: cut off, with bits flipped; and files that never were media."""

import functools
import random

import containers as c
from media import ANY, DAMAGED, REFUSED, WHOLE, sound


def cuts(corpus):
    def cut(name, thousandth):
        data = sound(name)
        return data[: len(data) * thousandth // 1000]

    few = {0, 2, 100, 500, 900, 990, 999}
    for name in (
        "plain.mp4",
        "front.mp4",
        "parts.mp4",
        "plain.mkv",
        "plain.avi",
        "plain.ts",
        "plain.webm",
        "plain.flv",
    ):
        for thousandth in sorted(few | set(range(1, 1000, 37))):
            # What ends these is metadata, or an index of what is there: no frame is lost with it.
            endings = ANY if thousandth == 999 and name in ("plain.mp4", "parts.mp4") else ANY - {WHOLE}
            is_few = thousandth in few and name in ("front.mp4", "plain.mkv", "plain.avi", "plain.ts")
            corpus.add(
                "cut off",
                f"cut-{thousandth:03}-{name}",
                functools.partial(cut, name, thousandth),
                *endings,
                wide=not is_few,
            )


def flips(corpus):
    def flip(name, seed):
        data, draw = bytearray(sound(name)), random.Random(seed)
        for _ in range(draw.choice([1, 3, 30])):
            # Half of them where the headers are.
            end = len(data) if draw.random() < 0.5 else min(len(data), 1500)
            data[draw.randrange(end)] ^= 1 << draw.randrange(8)
        return bytes(data)

    names = (
        "front.mp4",
        "parts.mp4",
        "plain.mkv",
        "plain.avi",
        "plain.ts",
        "plain.mpg",
        "plain.webm",
        "plain.flv",
        "plain.gif",
    )
    for name in names:
        for seed in range(60):
            corpus.add(
                "bits flipped",
                f"flip-{seed:02}-{name}",
                functools.partial(flip, name, seed),
                *ANY,
                wide=seed >= 2,
            )


def nonsense(corpus):
    noise = random.Random(1).randbytes(200_000)
    starts = {
        "": b"",
        "mp4": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41\0\0\0\x08moov",
        "mkv": c.EBML_HEADER + bytes.fromhex(c.SEGMENT) + c.UNKNOWN_SIZE,
        "avi": b"RIFF\xff\xff\xff\x7fAVI LIST\xff\xff\xff\x7fhdrl",
        "flv": b"FLV\1\5\0\0\0\x09\0\0\0\0",
        "gif": b"GIF89a",
        "mpg": b"\0\0\1\xba",
        "ogg": b"OggS\0\2",
        "asf": bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C"),
        "h264": b"\0\0\0\1\x67",
        "mxf": bytes.fromhex("060E2B34020501010D0102010102"),
    }
    for name, start in starts.items():
        suffix = f"-{name}" if name else ""
        corpus.add("no media", f"noise{suffix}.mp4", lambda start=start: start + noise, *REFUSED, DAMAGED)
    packets = b"".join(b"\x47" + noise[offset : offset + 187] for offset in range(0, 100_000, 187))
    corpus.add("no media", "noise-ts.ts", lambda: packets, *REFUSED, DAMAGED)
    corpus.add("no media", "empty.mp4", lambda: b"", "not_a_video")
    corpus.add("no media", "one-byte.mp4", lambda: b"\0", "not_a_video")
    corpus.add("no media", "zeros.mp4", lambda: bytes(1 << 20), "not_a_video")
    corpus.add("no media", "text.mp4", lambda: b"Ceci n'est pas une video.\n" * 1000, "not_a_video")
