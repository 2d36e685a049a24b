"""The sound media that hostile files are made from, and how an analysis of a hostile file may end."""

import functools
import pathlib
import subprocess
import tempfile

import containers as c

# How an analysis may end beside its error codes: with all rows, or with those of what could be decoded and a count of
# damaged packets above 0.
WHOLE, DAMAGED = "whole", "damaged"
REFUSED = {"not_a_video", "unsupported_codec", "corrupt_video", "no_video_stream", "too_large"}
# What was cut off or changed somewhere may show or not, and may hit what is not needed.
ANY = REFUSED | {WHOLE, DAMAGED}

SCENE = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=2"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10"]
SOUND = ["-f", "lavfi", "-i", "sine=duration=1"]
FRAMES = 20

SOUND_MEDIA = {
    "plain.mp4": [*SCENE, *H264],
    "front.mp4": [*SCENE, *H264, "-movflags", "+faststart"],
    "parts.mp4": [*SCENE, *H264, "-movflags", "+frag_keyframe+empty_moov"],
    "plain.mkv": [*SCENE, *H264],
    "plain.avi": [*SCENE, "-c:v", "mpeg4"],
    "plain.ts": [*SCENE, *H264],
    "plain.mpg": [*SCENE, "-c:v", "mpeg1video", "-r", "25"],
    "plain.webm": [*SCENE, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"],
    "plain.flv": [*SCENE, "-c:v", "flv"],
    "plain.h264": [*SCENE, *H264],
    "plain.gif": [*SCENE],
    "pictures.mjpeg": [*SCENE, "-c:v", "mjpeg", "-frames:v", "20"],
    "large.jpg": ["-f", "lavfi", "-i", "color=gray:size=8000x4400", "-frames:v", "1"],
    "sound.mp4": SOUND,
    "sound.mp3": SOUND,
    "sound.wav": SOUND,
    "sound.flac": SOUND,
}


@functools.cache
def folder():
    """Kept for as long as this process lives."""
    return tempfile.TemporaryDirectory(prefix="framelake-hostile-")


@functools.cache
def sound(name):
    """A sound file's bytes."""
    path = pathlib.Path(folder().name, name)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1", *SOUND_MEDIA[name]]
    subprocess.run([*command, "-fflags", "+bitexact", path], check=True, timeout=300)
    return path.read_bytes()


@functools.cache
def jpegs():
    return [b"\xff\xd8\xff" + part for part in sound("pictures.mjpeg").split(b"\xff\xd8\xff")[1:]]


def motion(count, times=None):
    """As many clusters of Matroska with a moving picture each, of so many milliseconds."""
    pictures = jpegs()
    times = times or [100 * index for index in range(count)]
    return [c.cluster(time, c.simple_block(pictures[index % 20])) for index, time in enumerate(times)]


def in_matroska(*pictures, fourcc=b"MPNG", width=160, height=120):
    """Pictures of a codec that is named as in AVI, a tenth of a second each."""
    private = c.video_for_windows(fourcc, width, height)
    track = c.track(codec="V_MS/VFW/FOURCC", width=width, height=height, private=private)
    return c.matroska(track, *(c.cluster(100 * i, c.simple_block(each)) for i, each in enumerate(pictures)))
