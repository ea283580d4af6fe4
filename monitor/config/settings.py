"""The sections of the configuration, with their defaults. What a key means stands in config.example.toml."""

from __future__ import annotations

import os
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.config.values import (
    WEEKDAYS,
    AllowedHosts,
    Clock,
    Days,
    Duration,
    MailAddress,
    Size,
    WebAddress,
    Words,
    Zone,
)

SHIPPED_TOPIC = "open-source-ai-policy"


@cache
def machine_zone() -> str:
    """This machine's IANA zone; UTC where it has none."""
    from tzlocal import get_localzone_name

    try:
        return get_localzone_name() or "UTC"
    except Exception:  # tzlocal raises many kinds on odd machines; UTC is a fair answer to all
        return "UTC"


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)


class DatabaseSection(Section):
    url: SecretStr = SecretStr("sqlite:///monitor.db")
    url_file: Path | None = None


class FetchSection(Section):
    contact: str = ""
    timeout: Duration = timedelta(seconds=30)
    max_feed_size: Size = 10_000_000
    max_page_size: Size = 5_000_000
    allow_hosts: AllowedHosts = ()
    proxy: SecretStr | None = None
    no_proxy: Words = ()
    ca_file: Path | None = None
    connections_per_host: int = Field(default=2, gt=0)
    starts_per_second: float = Field(default=1.0, gt=0)
    pages_per_host: int = Field(default=50, gt=0)


class ScheduleSection(Section):
    min_interval: Duration = timedelta(minutes=10)
    max_interval: Duration = timedelta(hours=24)
    tick: Duration = timedelta(minutes=1)
    max_cycle: Duration = timedelta(minutes=4)
    grace: Duration = timedelta(seconds=20)

    @model_validator(mode="after")
    def _ordered(self) -> ScheduleSection:
        if self.min_interval > self.max_interval:
            raise ValueError("min_interval is longer than max_interval; swap them")
        if not self.tick:
            raise ValueError("tick is zero; write for example '1m'")
        return self


class ExtractSection(Section):
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, gt=0)
    keep_raw: Duration = timedelta(days=14)


class TopicSection(Section):
    name: str = Field(min_length=1)
    profile: Path | None = None
    threshold: float | None = Field(default=None, ge=0, le=1)


class DigestSection(Section):
    at: Clock = time(7, 0)
    zone: Zone = Field(default_factory=machine_zone)
    days: Days = WEEKDAYS
    empty: Literal["send", "skip"] = "send"
    first_days: int = Field(default=3, ge=0)
    unsubscribe_url: str | None = None

    @field_validator("unsubscribe_url")
    @classmethod
    def _is_template(cls, value: str | None) -> str | None:
        if value and not value.startswith(("https://", "http://", "mailto:")):
            raise ValueError(f"{value!r} begins with neither https:// nor mailto:")
        return value or None


class RecipientSection(Section):
    name: str = Field(min_length=1)
    to: tuple[MailAddress, ...] = Field(min_length=1)
    topics: Words | None = None
    at: Clock | None = None
    zone: Zone | None = None
    days: Days | None = None
    threshold: float | None = Field(default=None, ge=0, le=1)


class SmtpSection(Section):
    host: str = Field(min_length=1)
    port: int | None = Field(default=None, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    from_: MailAddress = Field(alias="from")
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    timeout: Duration = timedelta(seconds=30)

    @property
    def effective_port(self) -> int:
        """The port given, else the usual one for the security."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class FeedSection(Section):
    url: WebAddress
    tags: Words = ()
    title: str = ""
    min_interval: Duration | None = None
    max_interval: Duration | None = None
    auth_file: Path | None = None
    header_file: Path | None = None
    cookie_file: Path | None = None
    proxy: str | None = None


class Settings(BaseSettings):
    """The whole configuration. The environment (`MONITOR_SECTION__KEY`) beats the file."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="MONITOR_",
        env_nested_delimiter="__",
        enable_decoding=False,
    )

    database: DatabaseSection = DatabaseSection()
    fetch: FetchSection = FetchSection()
    schedule: ScheduleSection = ScheduleSection()
    extract: ExtractSection = Field(default_factory=ExtractSection)
    digest: DigestSection = Field(default_factory=lambda: DigestSection())
    smtp: SmtpSection | None = None
    topics: tuple[TopicSection, ...] = (TopicSection(name=SHIPPED_TOPIC),)
    recipients: tuple[RecipientSection, ...] = ()
    feeds: tuple[FeedSection, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @model_validator(mode="after")
    def _agrees(self) -> Settings:
        refuse_repeats("[[topics]]", [topic.name for topic in self.topics])
        refuse_repeats("[[recipients]]", [recipients.name for recipients in self.recipients])
        names = [topic.name for topic in self.topics]
        for recipients in self.recipients:
            for topic in recipients.topics or ():
                if topic not in names:
                    raise ValueError(
                        f"[[recipients]] '{recipients.name}' wants the topic '{topic}', which there is not; "
                        f"there is '{', '.join(names)}'"
                    )
        return self


def refuse_repeats(table: str, names: list[str]) -> None:
    """Names are how a person and the database know a thing: each once."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{table} has the name '{name}' twice; give each its own")
