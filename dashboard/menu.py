"""The menu: which pages there are, and the action that opens each."""

PAGES = {
    "see_health": ("overview", "across", "chat", "members", "messages", "reports"),
    "see_review": ("review", "campaigns", "senders", "quality"),
    "change_words": ("lexicons",),
    "see_setup": ("upload", "chats", "identities", "thresholds", "models", "channels", "accounts", "audit", "storage"),
}
"""Page files by the action that opens them; the first one that a person may open is where they start."""
START = "overview"
