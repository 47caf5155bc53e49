"""What a message is by its text, where an export writes `[图片]` instead of a picture.

In: the text of a message. Out: a kind of KINDS. Example: `kind_of("[语音]") == "voice"`.
Words of Chinese (both scripts), Japanese, Korean and English tools.
"""

from __future__ import annotations

import re

_ALONE = {
    "image": "图片|圖片|照片|相片|闪照|写真|사진|image|photo|picture",
    "voice": "语音|语音消息|語音|語音訊息|音频|ボイスメッセージ|음성메시지|voice|voice message|audio",
    "video": "视频|影片|視頻|短视频|動画|동영상|video",
    "sticker": "表情|动画表情|表情包|貼圖|贴图|商城表情|原创表情|超级表情|スタンプ|이모티콘|sticker|emoji",
}
_WITH_TEXT = {
    "file": "文件|檔案|ファイル|파일|file",
    "location": "位置|地理位置|位置共享|共享位置|位置訊息|位置情報|location",
    "red_packet": "QQ红包|红包|微信红包|紅包|口令红包|拼手气红包",
    "transfer": "转账|QQ转账|微信转账|轉帳|转账收款|송금",
    "forward": "聊天记录|合并转发|转发的聊天记录|合并转发的聊天记录|聊天記錄",
    "card": "推荐联系人|推荐好友|推荐群|名片|个人名片|推荐公众号|名片消息|聯絡資訊|連絡先|contact",
    "mini_program": "QQ小程序|小程序|应用",
    "link": "链接|分享|连结|連結|音乐|QQ音乐|音乐分享|卡片消息|link",
    "call": "通话|语音通话|视频通话|通話",
    "poll": "投票|群投票|poll",
    "chain": "接龙|群接龙",
}
_KIND = {
    word.lower(): kind for table in (_ALONE, _WITH_TEXT) for kind, words in table.items() for word in words.split("|")
}
# One level of brackets inside: [卡片消息: [分享]标题].
_BRACKET = re.compile(r"\[([^\[\]：:]{1,14})(?:[：:](?:[^\[\]]|\[[^\[\]]*\])*)?\]")
_MORE = re.compile(r"(?:\s*\[[^\[\]\n]{1,80}\])*\s*")


def kind_of(text: str) -> str:
    """`text` unless the whole message is a placeholder, or starts with one that carries its own words.

    An empty text is `unknown`: some tools leave stickers and vanished messages empty.
    """
    stripped = text.strip()
    if not stripped:
        return "unknown"
    if stripped[0] == "#" and stripped.startswith(("#接龙", "#接龍")):
        return "chain"
    if stripped[0] != "[":
        return (
            "call" if stripped.startswith(("通话时长", "通話時長", "通話時間", "☎")) and len(stripped) < 40 else "text"
        )
    found = _BRACKET.match(stripped)
    kind = _kind_of_word(found[1].strip().lower()) if found else None
    if not found or not kind:
        return "text"
    return "text" if kind in _ALONE and not _MORE.fullmatch(stripped, found.end()) else kind


def _kind_of_word(word: str) -> str | None:
    """The kind of a placeholder's name, also where a length follows it: 语音 7秒."""
    return _KIND.get(word) or _KIND.get(re.sub(r"\s+\d.*", "", word))
