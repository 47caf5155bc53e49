"""Writers of exports, one file a dialect. Example: `WRITERS["whatsapp_txt"].render(chat)`."""

from nuanqun.simulate.writers import chatlab, generic_table, irssi, qq_txt, telegram_json, wechatmsg_csv, whatsapp_txt
from nuanqun.simulate.writers.writer import Writer

OWNER = "nuanqun"

WRITERS: dict[str, Writer] = {
    writer.id: writer
    for writer in (
        chatlab.JSON,
        chatlab.JSONL,
        generic_table.WRITER,
        irssi.WRITER,
        qq_txt.WRITER,
        telegram_json.WRITER,
        wechatmsg_csv.WRITER,
        whatsapp_txt.WRITER,
    )
}
"""All dialects the simulator writes, by the ids of `ingest.formats`."""

__all__ = ["WRITERS", "Writer"]
