"""What the labels of public data sets mean in ours.

In: a task and a label as a data set writes it. Out: our label, or None where the row says nothing about the task.
Example: `unify("sentiment", "angry")` -> "negative".
"""

from __future__ import annotations

from collections.abc import Sequence

from nlp.cues import topics
from nlp.lexicon import read_sections

_POSITIVE = "positive happy happiness like Optimism Gratitude relaxed grateful positive-other 1"
_NEGATIVE = "negative angry anger Anger sad sadness Sadness fear Fear disgust Disgust depress worried negative-other 0"


def _each(labels: str, ours: str) -> dict[str, str]:
    return {label: ours for label in labels.split()}


_SENTIMENT = _each(_POSITIVE, "positive") | _each(_NEGATIVE, "negative") | _each("neutral none", "neutral")
_TOXIC = "toxic offensive sexist hate general-offensive 1"
_TOXICITY = _each(_TOXIC, "toxic") | _each("not_toxic safe non-toxic 0", "not_toxic")

_EMOTION = {
    "neutral": "neutral", "none": "neutral", "angry": "angry", "anger": "angry", "Anger": "angry",
    "happy": "happy", "happiness": "happy", "sad": "sad", "sadness": "sad", "Sadness": "sad",
    "surprise": "surprise", "Surprise": "surprise", "astonished": "surprise", "fear": "fear", "Fear": "fear",
}  # fmt: skip

_TOPIC_NAMES = {
    "tech": "news_tech science 平板 手机 计算机 app website 电子产品 办公 技术 工具 相机 免费WIFI 笔记",
    "game": "news_game 休闲益智 动作类 经营养成 棋牌中心 射击游戏 策略 仙侠 辅助工具 经营 魔幻 飞行空战 MOBA 卡牌",
    "sports": "news_sports match 体育竞技 运动健身 体育咨讯",
    "entertainment": "news_entertainment film music video epg tvchannel cinemas drama joke crossTalk 视频 音乐 直播"
    " 漫画 短视频 电台 搞笑 K歌 影视娱乐 电影票务",
    "finance": "news_finance news_stock stocks stock lottery 借贷 理财 股票 彩票 银行 支付 保险 记账 收款",
    "realty": "news_house 买房 装修家居 租房",
    "education": "news_edu 中小学 英语 职考 成人教育 高等教育 教辅 语言(非英语) 视频教育 公务员 sentenceMaking"
    " wordFinding stroke timesTable",
    "travel": "news_travel travel 酒店 景点 地铁 出租 train flight bus map hotel 公共交通 旅游资讯 地图导航 民航"
    " 综合预定 租车 铁路 打车 行程管理 出国 民宿短租",
    "car": "news_car carNumber petrolPrice 汽车咨询 行车辅助 驾校 日常养车 汽车交易 违章"
    " 动力 油耗 操控 舒适性 内饰 外观 空间",
    "culture": "news_culture 书籍 poetry idiomsDict childClassics story novel riddle 小说 杂志 艺术 百科 绘画",
    "military_politics": "news_military news_world politics",
    "society": "news_agriculture news_story news society 新闻 政务 社区服务 同城服务 家政",
    "food": "水果 蒙牛 餐馆 cookbook 菜谱 外卖 餐饮店",
    "shopping": "洗发水 衣服 热水器 电商 购物咨询 美妆美业 女性",
    "health": "health virusSearch 医疗服务 养生保健 问诊挂号 减肥瘦身",
    "after_sales": "快递物流",
    "offers": "薅羊毛 团购",
    "jobs": "兼职 求职 工作社交",
    "parenting": "母婴 亲子儿童",
    "relationships": "约会社交 婚恋社交 情侣社交 婚庆",
}
_TOPIC = {label: ours for ours, labels in _TOPIC_NAMES.items() for label in labels.split()}

_ADS_KIND = {name: name for name in read_sections("ads_kinds")} | {
    "IL:Gambling": "gambling",
    "IL:Escort_service": "adult",
    "IL:Fake_ID_and_invoice": "invoice",
    "AD:Loan": "loan",
    "AD:Real_estate": "rental",
    "AD:Retail": "micro_business",
}

_MAPS: dict[str, dict[str, str]] = {
    "ads": {"spam": "ad", "ad": "ad", "1": "ad", "ham": "not_ad", "not_ad": "not_ad", "0": "not_ad"},
    "ads_kind": _ADS_KIND,
    "sentiment": _SENTIMENT,
    "emotion": _EMOTION,
    "topic": _TOPIC,
    "toxicity": _TOXICITY,
    "question": {"question": "question", "Request": "question"},
}
TASKS = tuple(_MAPS)
_ADS_PREFIXES = ("AD:", "FR:", "IL:")
_ORDER_WORDS = tuple("退 换 运费 发货 快递 物流 发票 收件 质保 补 签收 寄 订单 到货 发错 不满".split())


def unify(task: str, label: str) -> str | None:
    """Our label of `task` for a data set's `label`; None = leave the row out. Raises ValueError on a strange task."""
    if task not in _MAPS:
        raise ValueError(f"task {task!r} is unknown; there are {', '.join(TASKS)}")
    if task == "question":
        return _question(label)
    if task == "ads" and label.startswith(_ADS_PREFIXES):
        return "ad"
    if task == "topic":
        if label.startswith("买家"):  # intents of buyers: about an order, or about an offer
            return "after_sales" if any(word in label for word in _ORDER_WORDS) else None
        return _TOPIC.get(label, label if label in topics() else None)
    return _MAPS[task].get(label)


def _question(label: str) -> str | None:
    """Dialogue acts: who asks or requests information is a question, every other act is not."""
    if label in _MAPS["question"] or label.startswith("买家咨询") or label == "买家需要商品推荐":
        return "question"
    if label.startswith(("买家要求", "买家催促", "买家讨价", "买家打招呼", "买家确认")):
        return None  # undecidable: half of them are worded as questions
    return "other"


def unify_all(task: str, labels: Sequence[str | None]) -> list[str | None]:
    """`unify` for a column; a missing label stays missing."""
    known = {label: unify(task, label) for label in set(labels) if label is not None}
    return [known.get(label) if label is not None else None for label in labels]
