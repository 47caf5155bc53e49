"""What kind of message an attachment makes, by its name or its MIME type.

In: a file name, address or MIME type. Out: one of `KINDS`. Example: `kind_of_file("a.JPG?size=1") == "image"`.
For tools that state attachments and text separately; where words stand in for media, see `placeholders`.
"""

from __future__ import annotations

import re

_ENDINGS = {
    "image": "jpg jpeg png webp gif bmp heic avif svg",
    "video": "mp4 mov mkv webm avi 3gp m4v",
    "voice": "ogg oga opus amr aac m4a wav mp3 silk caf",
    "sticker": "tgs",
    "card": "vcf",
}
_KIND_OF = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_MIME = {"image": "image", "video": "video", "audio": "voice"}
_CHAIN = re.compile(r"\s*#\s*接[龙龍]")


def kind_of_file(name: str, mime: str = "") -> str:
    """image, video, voice, sticker, card or file."""
    kind = _MIME.get(mime.partition("/")[0])
    if kind:
        return kind
    ending = re.search(r"\.(\w{2,4})(?:[?#].*)?$", name)
    return _KIND_OF.get(ending[1].lower(), "file") if ending else "file"


def kind_of_words(text: str) -> str:
    """ "chain" for a 接龙, else "text": a member typed these words, so "[图片]" among them is no picture."""
    return "chain" if _CHAIN.match(text) else "text"


def file_name(address: str) -> str:
    """The last part of a path or address, without its query."""
    return re.split(r"[?#]", address, maxsplit=1)[0].rstrip("/").rpartition("/")[2]
