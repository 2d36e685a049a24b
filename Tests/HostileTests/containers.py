"""Writes and rewrites containers byte by byte, which no sound muxer would do: MP4 boxes, Matroska elements, MPEG-TS
packets, RIFF lists, PNG chunks and H.264 parameter sets."""

import functools
import struct
import zlib

# MP4 (ISO/IEC 14496-12)

PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex", b"moof", b"traf"}


def box(kind, *payloads):
    payload = b"".join(payloads)
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


def boxes(data):
    """The boxes that follow each other in `data`, as pairs of kind and payload."""
    offset = 0
    while offset + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, offset)
        yield kind, data[offset + 8 : offset + size]
        offset += size


def rewrite_boxes(data, change, path=()):
    """The same boxes, each passed through `change(path, payload)`: what it gives is the new payload, a list of whole
    boxes stands in its place, and None leaves it as it is."""
    result = []
    for kind, payload in boxes(data):
        here = (*path, kind)
        if kind in PARENTS:
            payload = rewrite_boxes(payload, change, here)
        changed = change(here, payload)
        result += changed if isinstance(changed, list) else [box(kind, payload if changed is None else changed)]
    return b"".join(result)


def with_box(data, kind, payload):
    """The MP4 with each box of the kind holding the payload instead, which may be a function of the old one."""

    def change(path, old):
        if path[-1] == kind:
            return payload(old) if callable(payload) else payload

    return rewrite_boxes(data, change)


# Matroska (RFC 9559)

EBML_HEADER = bytes.fromhex("1A45DFA38B428288") + b"matroska"
SEGMENT, INFO, TRACKS, TRACK, CLUSTER = "18538067", "1549A966", "1654AE6B", "AE", "1F43B675"
UNKNOWN_SIZE = b"\x01" + b"\xff" * 7


def element(identifier, *payloads, size=None):
    """`size` is what it declares; its true size otherwise."""
    payload = b"".join(payloads)
    declared = struct.pack(">Q", (1 << 56) | (len(payload) if size is None else size))
    return bytes.fromhex(identifier) + declared + payload


def unsigned(identifier, value):
    return element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def track(number=1, kind=1, codec="V_MJPEG", width=160, height=120, private=b"", encodings=b""):
    parts = [unsigned("D7", number), unsigned("73C5", number), unsigned("83", kind), element("86", codec.encode())]
    if private:
        parts.append(element("63A2", private))
    if kind == 1:
        parts.append(element("E0", unsigned("B0", width), unsigned("BA", height)))
    return element(TRACK, *parts, encodings)


def simple_block(payload, number=1, offset=0, flags=0x80):
    return element("A3", bytes([0x80 | number]), struct.pack(">hB", offset, flags), payload)


def cluster(timecode, *blocks):
    return element(CLUSTER, unsigned("E7", timecode), *blocks)


def matroska(tracks, *clusters, duration=None, scale=1_000_000, before=b""):
    """`duration` and timecodes are in units of `scale` nanoseconds."""
    info = [unsigned("2AD7B1", scale)]
    if duration is not None:
        info.append(element("4489", struct.pack(">d", duration)))
    segment = b"".join([before, element(INFO, *info), element(TRACKS, tracks), *clusters])
    return EBML_HEADER + bytes.fromhex(SEGMENT) + UNKNOWN_SIZE + segment


def video_for_windows(fourcc, width, height):
    """The private data of V_MS/VFW/FOURCC."""
    return struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, fourcc, 0, 0, 0, 0, 0)


# Pictures


def png_chunk(kind, payload):
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(width, height, rows=None, before=b""):
    """A black picture of a bit a pixel that declares its size and holds `rows` of it, all when None."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    compressor = zlib.compressobj(9)
    line = bytes(1 + (width + 7) // 8)
    pixels = b"".join(compressor.compress(line) for _ in range(height if rows is None else rows)) + compressor.flush()
    chunks = png_chunk(b"IHDR", header) + before + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@functools.cache
def compressed_zeros(size):
    compressor = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(compressor.compress(block) for _ in range(size >> 20)) + compressor.flush()


def gif(width, height, frames):
    """A screen of the size, with as many frames of one pixel."""
    picture = (
        b"\x21\xf9\x04\x04\x0a\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    )
    palette = bytes(3) + b"\xff\xff\xff"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + palette + picture * frames + b"\x3b"


def sized_jpeg(jpeg, width, height):
    """The JPEG with another size in its start of frame."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


# H.264 (ITU-T H.264, 7.3.2.1)


class Bits:
    def __init__(self):
        self.text = ""

    def fixed(self, value, count):
        self.text += format(value, f"0{count}b")
        return self

    def golomb(self, *values):
        for value in values:
            code = format(value + 1, "b")
            self.text += "0" * (len(code) - 1) + code
        return self

    def payload(self):
        """With the stop bit, and with emulation prevention."""
        text = self.text + "1"
        text += "0" * (-len(text) % 8)
        result = bytearray()
        for byte in int(text, 2).to_bytes(len(text) // 8, "big"):
            if byte <= 3 and result[-2:] == b"\0\0":
                result.append(3)
            result.append(byte)
        return bytes(result)


def h264_sps(width, height):
    """A baseline sequence parameter set for a picture of that many pixels, of whole macroblocks."""
    bits = Bits().fixed(66, 8).fixed(0, 8).fixed(51, 8).golomb(0, 0, 2, 1).fixed(0, 1)
    bits.golomb(width // 16 - 1, height // 16 - 1).fixed(0b1100, 4)
    return b"\x67" + bits.payload()


def nal_units(stream):
    """Of an Annex B stream."""
    return [unit.rstrip(b"\0") for unit in stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]


def annex_b(units):
    return b"".join(b"\0\0\0\1" + unit for unit in units)


# MPEG-TS (ISO/IEC 13818-1)


def ts_packets(data):
    return [data[offset : offset + 188] for offset in range(0, len(data) - 187, 188)]


def ts_pid(packet):
    return struct.unpack_from(">H", packet, 1)[0] & 0x1FFF


def with_pid(packet, pid):
    flags = struct.unpack_from(">H", packet, 1)[0] & 0xE000
    return packet[:1] + struct.pack(">H", flags | pid) + packet[3:]
