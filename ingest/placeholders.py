"""Kinds of messages told by the words that stand in for what a text file cannot hold.

In: the text of one message. Out: one of `KINDS`. Example: `kind_of_text("[图片]") == "image"`.
Chinese (both scripts), Japanese, Korean and English tools; a text is a placeholder only as a whole.
"""

from __future__ import annotations

import re

_WORDS: dict[str, str] = {
    "image": "图片 圖片 照片 相片 闪照 画像 写真 사진 photo photos image picture",
    "voice": "语音 語音 语音消息 語音訊息 音频 ボイスメッセージ 음성메시지 audio voice|message",
    "video": "视频 視頻 影片 短视频 動画 ビデオ 동영상 video videos",
    "sticker": "表情 表情包 动画表情 動畫表情 貼圖 贴图 商城表情 原创表情 スタンプ 이모티콘 sticker stickers emoji",
    "file": "文件 檔案 文档 ファイル 파일 file files",
    "red_packet": "QQ红包 红包 紅包 口令红包 拼手气红包 语音红包 hongbao",
    "transfer": "转账 轉帳 轉賬 QQ转账 送金 송금 transfer",
    "mini_program": "QQ小程序 小程序 小程式",
    "link": "链接 連結 分享 卡片消息 QQ音乐 音乐 リンク link",
    "card": "推荐联系人 推荐好友 推荐群 名片 个人名片 联系人 聯絡資訊 聯絡人 連絡先 contact 연락처",
    "location": "位置 位置共享 共享位置 位置情報 地点 지도 location",
    "forward": "聊天记录 聊天記錄 转发消息 合并转发 合并转发的聊天记录 转发的聊天记录",
    "call": "语音通话 視訊通話 视频通话 语音聊天 通话 語音通話 ☎",
    "poll": "投票 群投票 アンケート 투표 poll",
    "chain": "接龙 接龍 群接龙",
}
_KIND_OF = {word.replace("|", " "): kind for kind, words in _WORDS.items() for word in words.split()}
_BRACKETED = re.compile(r"[\[【]\s*([^\[\]【】:：]{1,14}?)(?:[ :：][^\n]*)?\s*[\]】](?P<rest>.*)", re.DOTALL)
_WITH_TEXT = frozenset("red_packet transfer mini_program link forward file location card".split())
"""Kinds whose placeholder is followed by a title: [文件]名单.xlsx, [聊天记录]群聊的聊天记录."""
_KOREAN = re.compile(r"사진(?: \d+장)?|동영상|이모티콘|음성메시지|지도: .+|파일: .+|삭제된 메시지입니다\.|메시지가 삭제되었습니다\.")
_CALL = re.compile(r"(?:☎|📞)\s*\S|(?:通话时长|通話時長|通話時間|Call time|Call duration)[ :：]*\d+:\d{2}", re.IGNORECASE)
_CHAIN = re.compile(r"\s*#\s*接[龙龍]")


def kind_of_text(text: str) -> str:
    """The kind that a placeholder stands for; "text" for everything a person wrote, "unknown" for a deleted message."""
    head = text[:400]
    if _CHAIN.match(head):
        return "chain"
    if _CALL.match(head):
        return "call"
    found = _BRACKETED.fullmatch(head)
    if found:
        kind = _KIND_OF.get(found[1].strip()) or _KIND_OF.get(found[1].split()[0].lower() if found[1].split() else "")
        kind = kind or _KIND_OF.get(found[1].strip().lower())
        rest = found["rest"].strip()
        if kind and (not rest or kind in _WITH_TEXT or _only_placeholders(rest)):
            return kind
    if _KOREAN.fullmatch(head):
        word = head.split()[0].rstrip(":")
        return _KIND_OF.get(word, "unknown")
    return "text"


def _only_placeholders(text: str) -> bool:
    return re.fullmatch(r"(?:\s*\[[^\[\]\n]{1,80}\])+\s*", text) is not None
