"""Export files in, MESSAGES out.

`find_sources(paths)` -> `read_export(source)` -> batches of MESSAGES and a `Receipt` a chat -> `merge_messages`.
"""

from ingest.detect import Detection, detect_format
from ingest.errors import BrokenExport, IngestError, ParseIssue, ShrinkingMerge, UnknownFormat, UnsafeArchive
from ingest.find import Rejection, find_sources
from ingest.formats import ExportFormat, formats
from ingest.identity import chat_id, platform_message_id
from ingest.merge import Merge, merge_messages
from ingest.message import EVENTS, KINDS, MESSAGES, ChatStart, Message, check_messages
from ingest.reading import Reading, read_export
from ingest.receipt import Receipt, combine
from ingest.redact import find_personal, mask
from ingest.settings import IngestSettings
from ingest.source import Source

OWNER = "nuanqun"

__all__ = [
    "EVENTS",
    "KINDS",
    "MESSAGES",
    "OWNER",
    "BrokenExport",
    "ChatStart",
    "Detection",
    "ExportFormat",
    "IngestError",
    "IngestSettings",
    "Merge",
    "Message",
    "ParseIssue",
    "Reading",
    "Receipt",
    "Rejection",
    "ShrinkingMerge",
    "Source",
    "UnknownFormat",
    "UnsafeArchive",
    "chat_id",
    "check_messages",
    "combine",
    "detect_format",
    "find_personal",
    "find_sources",
    "formats",
    "mask",
    "merge_messages",
    "platform_message_id",
    "read_export",
]
