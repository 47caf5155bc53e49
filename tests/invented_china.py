"""One small invented export of the tools of Chinese offices and groups, and of LINE and KakaoTalk, for the contract suite.

Every one holds a message of several lines with a pasted header inside, a name with a colon, and two people of one name
where the tool states ids.
"""

from __future__ import annotations

import json

from invented_wechat import CHAT, ROOM, weflow_json

STAMP = 1_699_059_900
PASTED = "看这段：\n2020-01-01 10:00:00 外人(99999)\n旧话\n\n完"
SAID = [
    ("u1", "阿竹: 店长", "今晚读第三章"),
    ("u2", "小棠", PASTED),
    ("u3", "小棠", "好"),
    ("u1", "阿竹: 店长", "八点见"),
]


def _lines(*items: dict) -> str:
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in items)


def _echotrace() -> dict:
    keys = "localId createTime formattedTime type localType content isSend senderUsername source".split()
    messages = [{key: item[key] for key in keys} for item in weflow_json()["messages"]]
    session = {"username": ROOM, "displayName": CHAT, "type": "群聊"}
    return {"session": session, "messages": messages, "exportTime": "2023-05-08T10:00:00"}


def _ciphertalk() -> dict:
    whole = weflow_json()
    info = {"version": "0.0.2", "generator": "CipherTalk", "format": "detailed-json"}
    messages = [{**item, "rawContent": item["content"], "chatLabType": 0} for item in whole["messages"]]
    return {"exportInfo": info, "session": {**whole["session"], "groupId": ROOM, "isGroup": True}, "messages": messages}


CHATLOG_JSON = json.dumps(
    [
        {
            "seq": (STAMP + n) * 1000, "time": f"2023-11-04T09:05:{n:02}+08:00", "talker": ROOM, "talkerName": CHAT,
            "isChatRoom": True, "sender": f"wxid_{who}", "senderName": name, "isSelf": False, "type": 1, "subType": 0,
            "content": text,
        }
        for n, (who, name, text) in enumerate(SAID)
    ],
    ensure_ascii=False,
)  # fmt: skip
DINGTALK = _lines(
    *(
        {
            "conversationId": "cid1", "conversationTitle": "花店夜读", "conversationType": "2", "msgId": f"m{n}", "senderNick": name,
            "senderStaffId": who, "createAt": (STAMP + n) * 1000, "msgtype": "text", "text": {"content": f" {text}"},
        }
        for n, (who, name, text) in enumerate(SAID)
    )
)  # fmt: skip
FEISHU = json.dumps(
    {
        "code": 0,
        "data": {
            "items": [
                {
                    "message_id": f"om_{n}", "msg_type": "text", "create_time": str((STAMP + n) * 1000), "deleted": False,
                    "chat_id": "oc_1", "sender": {"id": f"ou_{who}", "id_type": "open_id", "sender_type": "user"},
                    "body": {"content": json.dumps({"text": text}, ensure_ascii=False)},
                }
                for n, (who, _, text) in enumerate(SAID)
            ]
        },
    },
    ensure_ascii=False,
)  # fmt: skip
ONEBOT = _lines(
    *(
        {
            "time": STAMP + n, "self_id": 10000, "post_type": "message", "message_type": "group", "group_id": 720000009,
            "message_id": n + 1, "user_id": 10000 + int(who[1]), "message": [{"type": "text", "data": {"text": text}}],
            "sender": {"user_id": 10000 + int(who[1]), "nickname": name, "card": "", "role": "member"},
        }
        for n, (who, name, text) in enumerate(SAID)
    )
)  # fmt: skip
PYWXDUMP = "id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime\n" + "".join(
    f'{n},{9_000 + n},文本,0,wxid_{who},{ROOM},"{text}",,2023-11-04 09:05:{n:02}\n'
    for n, (who, _, text) in enumerate(SAID)
)
QCE_JSON = json.dumps(
    {
        "metadata": {"name": "QQChatExporter V5 / https://github.com/shuakami/qq-chat-exporter", "version": "5.9"},
        "chatInfo": {"name": "花店夜读", "type": "group"},
        "messages": [
            {
                "id": str(7_000 + n), "timestamp": (STAMP + n) * 1000, "time": "x",
                "sender": {"uid": f"u_{who}", "uin": f"1000{who[1]}", "name": name}, "type": "type_1", "recalled": False,
                "system": False,
                "content": {"text": text, "elements": [{"type": "text", "data": {"text": text}}], "resources": [], "mentions": []},
            }
            for n, (who, name, text) in enumerate(SAID)
        ],
    },
    ensure_ascii=False,
)  # fmt: skip
QCE_TXT = (
    "[QQChatExporter V5 / https://github.com/shuakami/qq-chat-exporter]\n\n聊天名称: 花店夜读\n聊天类型: 群聊\n消息总数: 4\n"
    + "".join(f"\n\n{name}:\n时间: 2023-11-04 09:05:{n:02}\n内容: {text}\n" for n, (_, name, text) in enumerate(SAID))
    + "\n\n===============================================\n导出完成\n"
)
QQ_COPY = "".join(f"{name} 2023/11/4 9:05:{n:02}\n{text}\n\n" for n, (_, name, text) in enumerate(SAID))
QQ_MHT = (
    "From: <Save by Tencent MsgMgr>\r\nSubject: Tencent IM Message\r\nMIME-Version: 1.0\r\n"
    'Content-Type:multipart/related;\r\n\tcharset="utf-8"\r\n\ttype="text/html";\r\n\tboundary="--=_Part_7"\r\n\r\n'
    "----=_Part_7\r\nContent-Type: text/html\r\nContent-Transfer-Encoding:7bit\r\n\r\n"
    "<html><head><title>QQ Message</title></head><body><table width=100% cellspacing=0>"
    "<tr><td><div style=padding-left:10px;>消息分组:我的QQ群</div></td></tr>"
    "<tr><td><div style=padding-left:10px;>消息对象:花店夜读</div></td></tr>"
    "<tr><td style=color:#3568BB;padding-left:10px;>日期: 2023-11-04</td></tr>\r\n"
    + "".join(
        "<tr><td><div style=color:#006EFE;padding-left:10px;><div style=float:left;margin-right:6px;>"
        f"{name}(1000{who[1]})</div>9:05:{n:02}</div><div style=padding-left:20px;><font>{text.replace(chr(10), '<br>')}"
        "</font></div></td></tr>\r\n"
        for n, (who, name, text) in enumerate(SAID)
    )
    + "</table></body></html>\r\n\r\n----=_Part_7--\r\n"
)
WECHAT_FORWARD = "群聊的聊天记录\n" + "".join(
    f"{name} 2023/11/4 9:05:{n:02}\n{text}\n" for n, (_, name, text) in enumerate(SAID)
)
WECOM = _lines(
    *(
        {
            "msgid": f"m{n}", "action": "send", "from": who, "tolist": ["u9"], "roomid": "wrRoom", "msgtime": (STAMP + n) * 1000,
            "msgtype": "text", "text": {"content": text},
        }
        for n, (who, _, text) in enumerate(SAID)
    )
)  # fmt: skip
WELINK = "".join(
    f"{name}(z0000{who[1]})\t2023-11-04 09:05:{n:02}\n{text}\n\n" for n, (who, name, text) in enumerate(SAID)
)
KAKAO_TXT = (
    "꽃집 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-05 23:59:59\r\n\r\n"
    "--------------- 2024년 3월 1일 금요일 ---------------\r\n매화님이 들어왔습니다.\r\n"
    "[매화: 점장] [오전 12:05] 안녕하세요\r\n2024년 3월 1일 오전 10:00, 매화 : 붙여넣기\r\n\r\n끝\r\n[주] [오후 12:10] 사진 3장\r\n"
)
KAKAO_CSV = (
    'Date,User,Message\n2024-03-01 08:00:05,"매화: 점장","안녕하세요\n2024년 3월 1일 오전 10:00, 매화 : 붙여넣기"\n'
    '2024-03-01 08:01:00,"주","네"\n2024-03-01 08:02:00,"주","사진"\n'
)
LINE_TXT = (
    "[LINE] 花店的聊天記錄\n儲存日期：2024/03/05 23:59\n\n2024/03/01（五）\n"
    '下午10:05\t阿: 梅\t"早安\n上午9:00\t外人\t""舊話"""\n下午10:06\t\t老周已收回訊息\n下午10:07\t老周\t[貼圖]\n'
)
LINE_OA = (
    "アカウント名,花屋\nタイムゾーン,+09:00\nダウンロード日時,2024/03/05 10:00\n\n送信者タイプ,送信者名,送信日,送信時刻,内容\n"
    'User,梅: 店,2024/03/01,10:00:05,"お花の写真を見せてください、\n10:00 なので急いでいます ""あ"""\n'
    "Account,花屋,2024/03/01,10:01:00,[写真]\nUser,蘭,2024/03/01,10:02:00,はい\n"
)

CHINA: list[tuple[str, str, bytes, int]] = [
    (format_id, name, (data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)).encode(), records)
    for format_id, name, data, records in (
        ("chatlog_json", "花店夜读.json", CHATLOG_JSON, 4),
        ("ciphertalk_json", "花店夜读.json", _ciphertalk(), len(weflow_json()["messages"])),
        ("dingtalk_robot", "log.jsonl", DINGTALK, 4),
        ("echotrace_json", "花店夜读.json", _echotrace(), len(weflow_json()["messages"])),
        ("feishu_json", "messages.json", FEISHU, 4),
        ("onebot_jsonl", "log.jsonl", ONEBOT, 4),
        ("pywxdump", f"{ROOM}_0_4.csv", PYWXDUMP, 4),
        ("qce_json", "group_720000001_20240115_103000.json", QCE_JSON, 4),
        ("qce_txt", "group_720000001_20240115_103000.txt", QCE_TXT, 4),
        ("qq_copy", "花店夜读.txt", QQ_COPY, 4),
        ("qq_mht", "花店夜读.mht", QQ_MHT, 4),
        ("wechat_forward", "转发.txt", WECHAT_FORWARD, 4),
        ("wecom_audit", "chatdata.jsonl", WECOM, 4),
        ("welink_txt", "花店夜读.txt", WELINK, 4),
        ("kakaotalk_txt", "KakaoTalk.txt", KAKAO_TXT, 3),
        ("kakaotalk_csv", "KakaoTalk.csv", KAKAO_CSV, 3),
        ("line_txt", "[LINE] 花店.txt", LINE_TXT, 3),
        ("line_oa_csv", "花屋.csv", LINE_OA, 3),
    )
]
