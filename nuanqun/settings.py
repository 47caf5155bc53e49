"""All knobs in one tree, each with its default where its stage defines it.

Order of precedence: arguments, environment (`NUANQUN_INGEST__ZONE=UTC`), `nuanqun.toml` in the workspace, defaults.
Example: `load_settings(Path("workspace")).ingest.zone`.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from community.settings import CommunitySettings
from ingest.settings import IngestSettings
from nlp.settings import NlpSettings
from nuanqun.columns import known_columns
from nuanqun.database import shown
from nuanqun.errors import WorkspaceError

SALT_FILE = "pseudonym.salt"
"""Where a workspace keeps the salt of its pseudonyms; who deletes it cuts the last way back to the names."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Where the work runs."""

    engine: str = "local"
    """`local` (processes of this machine) or `dask`."""
    workers: int = max(1, os.cpu_count() or 1)
    """Processes of the local engine; each runs one thread."""
    scheduler: str = ""
    """Address of a running Dask scheduler, e.g. tcp://10.0.0.5:8786; empty = a cluster on this machine."""
    storage: str = ""
    """fsspec URL (s3://bucket/prefix, file:///mnt/x) over which a cluster exchanges parts; empty = workers see the
    workspace under the same path."""
    inline_rows: int = 60_000
    """Fewer messages than this are worked on in this process: starting workers would cost more."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """How the workspace is kept."""

    catalogue: str = field(default="", repr=False)
    """URL of the catalogue, e.g. postgresql://nuanqun@db.example/nuanqun; empty = that of the workspace."""
    part_rows: int = 100_000
    """Messages per Parquet part."""
    remembered_ids: int = 500_000
    """Message ids that an import keeps in memory (28 bytes each); those of other months are read again when needed."""
    import_from: tuple[str, ...] = ()
    """Folders from which the browser may import by path when other machines reach the server; empty = none then."""
    sweep_minutes: float = 10
    """Replaced files are deleted after this many minutes, so that open readers finish."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How warnings leave this machine."""

    inside: tuple[str, ...] = ()
    """host:port of machines in the admin's own network that webhooks may reach; other private addresses are refused."""
    every_minutes: float = 15
    """How often a running server looks for something to tell."""
    cooldown_days: float = 7
    """A warning that still stands is told again after this many days."""
    digest_above: int = 3
    """More new messages than this for one channel go as one digest."""
    tries: int = 3
    """Attempts in one go, with pauses of `first_pause`, 4 and 16 times that."""
    first_pause: float = 1.0
    """Seconds before the second attempt."""
    give_up: int = 5
    """Calls after which a message that nobody took is dropped."""


class Settings(BaseSettings):
    """Every knob of every stage, read-only."""

    model_config = SettingsConfigDict(env_prefix="NUANQUN_", env_nested_delimiter="__", frozen=True, extra="ignore")

    ingest: IngestSettings = IngestSettings()
    nlp: NlpSettings = NlpSettings()
    community: CommunitySettings = CommunitySettings()
    engine: EngineSettings = EngineSettings()
    store: StoreSettings = StoreSettings()
    channels: ChannelSettings = ChannelSettings()

    def without_secrets(self) -> dict[str, Any]:
        """As plain values that may be shown and kept: no password of the catalogue, whether there is a salt."""
        kept = self.model_dump(mode="json")
        kept["store"]["catalogue"] = shown(self.store.catalogue)
        kept["ingest"]["pseudonym_salt"] = bool(self.ingest.pseudonym_salt)
        return kept

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before environment before the workspace's TOML file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(workspace: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings of a workspace; `overrides` are nested dicts such as `ingest={"zone": "UTC"}`.

    Raises pydantic.ValidationError naming the knob, the value and what was expected.
    """
    toml = workspace / "nuanqun.toml" if workspace else None
    kept = _kept_for_imports(workspace) if workspace else {}
    if kept:
        overrides["ingest"] = {**overrides.get("ingest", {}), **kept}

    class _WorkspaceSettings(Settings):
        model_config = SettingsConfigDict(toml_file=toml)

    return _WorkspaceSettings(**overrides)


def _kept_for_imports(workspace: Path) -> dict[str, Any]:
    """What earlier imports settled for this workspace: the salt of its pseudonyms, the columns of unknown tables."""
    salt, columns = workspace / SALT_FILE, known_columns(workspace)
    kept: dict[str, Any] = {"pseudonym_salt": salt.read_text("utf-8").strip()} if salt.exists() else {}
    return kept | ({"columns": columns} if columns else {})


def keep_pseudonyms(workspace: Path) -> None:
    """Give a workspace a random salt of its own, readable by its owner only: from now on members go by pseudonyms.

    Raises WorkspaceError when names are stored there already, because nobody could be recognised any more.
    """
    salt = workspace / SALT_FILE
    if salt.exists():
        return
    if (workspace / "messages").exists():
        raise WorkspaceError(f"{workspace} already holds messages under real names. Import into a new workspace.")
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    salt.touch(mode=0o600)
    salt.write_text(secrets.token_hex(16), "utf-8")
