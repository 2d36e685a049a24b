"""Files that point elsewhere: playlists, scripts and references to other files and hosts."""

import functools
import struct

import containers as c
from media import ANY, REFUSED, motion, sound


def pointers(corpus):
    host, path = f"127.0.0.1:{corpus.port}", corpus.canary
    add = functools.partial(corpus.add, "pointers")
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
    representation = (
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        f"<BaseURL>http://{host}/a.mp4</BaseURL></Representation></AdaptationSet>"
    )
    dash = 'xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"'
    session = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    tracks = f"<trackList><track><location>file://{path}</location></track></trackList>"
    texts = {
        "hls": f"{hls}#EXTINF:4,\n{path}\n#EXT-X-ENDLIST\n",
        "hls-host": f"{hls}#EXTINF:4,\nhttp://{host}/a.ts\n#EXT-X-ENDLIST\n",
        "hls-nested": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://{host}/b.m3u8\n",
        "hls-key": f'{hls}#EXT-X-KEY:METHOD=AES-128,URI="{path}"\n#EXTINF:4,\n{path}\n#EXT-X-ENDLIST\n',
        "hls-concat": f"{hls}#EXTINF:4,\nconcat:http://{host}/?|file://{path}\n#EXT-X-ENDLIST\n",
        "hls-bom": f"\ufeff{hls}#EXTINF:4,\nhttp://{host}/a.ts\n#EXT-X-ENDLIST\n",
        "m3u": f"#EXTM3U\n{path}\nhttp://{host}/a.ts\n",
        "concat": f"ffconcat version 1.0\nfile '{path}'\n",
        "concat-host": f"ffconcat version 1.0\nfile 'http://{host}/a.mp4'\n",
        "concat-option": f"ffconcat version 1.0\nfile '{path}'\noption safe 0\n",
        "dash": f'<?xml version="1.0"?>\n<MPD {dash}><Period>{representation}</Period></MPD>\n',
        "sdp": f"{session}m=video {corpus.port} RTP/AVP 33\r\n",
        "rtsp": f"[Reference]\nRef1=rtsp://{host}/a\n",
        "asx": f'<ASX version="3.0"><ENTRY><REF HREF="http://{host}/a.asf"/></ENTRY></ASX>\n',
        "smil": f'<smil><body><video src="http://{host}/a.mp4"/></body></smil>\n',
        "xspf": f'<playlist version="1" xmlns="http://xspf.org/ns/0/">{tracks}</playlist>\n',
        "metadata": f";FFMETADATA1\ntitle={path}\n",
        "filter": f"movie={path}\n",
        "avs": f'FFmpegSource2("{path}")\n',
        "vpy": f'import vapoursynth\nvapoursynth.core.ffms2.Source("{path}").set_output()\n',
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://{host}/a.png"/></svg>\n',
        "mvg": f"push graphic-context\nimage over 0,0 0,0 'http://{host}/a.png'\npop graphic-context\n",
        "srt": f'1\n00:00:00,000 --> 00:00:02,000\n<img src="http://{host}/a.png">\n',
        "ass": f"[Script Info]\nVideo File: {path}\n[Events]\nDialogue: 0,0:00:00.00,0:00:02.00,D,,0,0,0,,x\n",
        "list": f"{path}\n",
    }
    extensions = {
        "hls": "m3u8",
        "concat": "ffconcat",
        "dash": "mpd",
        "sdp": "sdp",
        "avs": "avs",
        "vpy": "vpy",
        "srt": "srt",
        "ass": "ass",
    }
    for name, text in texts.items():
        content = text.encode()
        add(f"to-{name}.mp4", lambda content=content: content, "not_a_video")
        if name in extensions:
            add(f"to-{name}.{extensions[name]}", lambda content=content: content, "not_a_video")
    tag = b"ID3\4\0\0\0\0\0\x0a" + bytes(10)
    add("to-hls-tagged.mp4", lambda: tag + texts["hls-host"].encode(), "not_a_video")

    def reference(kind, content):
        payload = struct.pack(">II", 0, 1) + c.box(kind, struct.pack(">I", 0), content)
        return c.with_box(sound("plain.mp4"), b"dref", payload)

    add("to-url.mp4", lambda: reference(b"url ", f"file://{path}\0".encode()), *ANY)
    add("to-url-host.mp4", lambda: reference(b"url ", f"http://{host}/a.mp4\0".encode()), *ANY)
    alias = bytes(150) + struct.pack(">HH", 2, len(path)) + path.encode() + struct.pack(">HH", 0xFFFF, 0)
    add("to-alias.mp4", lambda: reference(b"alis", alias), *ANY)
    movie = c.box(
        b"rmra",
        c.box(b"rmda", c.box(b"rdrf", struct.pack(">I4sI", 0, b"url ", len(path) + 1), path.encode(), b"\0")),
    )
    add("to-movie.mp4", lambda: c.box(b"ftyp", b"qt  \0\0\0\0") + c.box(b"moov", movie), *REFUSED)
    link = c.element("3C83AB", path.encode()) + c.element("3E83BB", path.encode())
    add(
        "to-segment.mkv",
        lambda: c.matroska(c.track(), *motion(3), before=c.element(c.INFO, c.unsigned("2AD7B1", 1_000_000), link)),
        *ANY,
    )
