"""Writers of exports, one file a dialect. Example: `WRITERS["whatsapp_txt"].render(chat)`."""

from nuanqun.simulate.writers import chatlab, generic_csv, irssi, qq_txt, telegram_json, wechatmsg_csv, whatsapp_txt
from nuanqun.simulate.writers.writer import Writer

OWNER = "nuanqun"

WRITERS: dict[str, Writer] = {
    writer.id: writer
    for writer in (
        chatlab.JSON,
        chatlab.JSONL,
        generic_csv.WRITER,
        irssi.WRITER,
        qq_txt.WRITER,
        telegram_json.WRITER,
        wechatmsg_csv.WRITER,
        whatsapp_txt.WRITER,
    )
}
"""All dialects the simulator writes, by id; ids are those of `ingest.formats` but generic_csv (generic_table)."""

__all__ = ["WRITERS", "Writer"]
