"""暖群 Nuanqun: exports of group chats in, the health of every chat out."""

OWNER = "nuanqun"
__version__ = "0.1.0"
