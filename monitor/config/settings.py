"""The sections of the configuration, with their defaults. What a key means stands in config.example.toml."""

from __future__ import annotations

import os
import warnings
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from monitor.config.values import (
    WEEKDAYS,
    AllowedHosts,
    Clock,
    Days,
    Duration,
    MailAddress,
    PositiveDuration,
    Size,
    WebAddress,
    Words,
    Zone,
    nearest,
    parse_proxy,
    parse_zone,
)

SHIPPED_TOPIC = "open-source-ai-policy"


@cache
def machine_zone() -> str:
    """This machine's IANA zone; UTC where it has none."""
    from tzlocal import get_localzone_name

    try:
        with warnings.catch_warnings():  # it warns where it finds no zone; the answer is enough
            warnings.simplefilter("ignore")
            name = get_localzone_name() or "UTC"
        return str(parse_zone(name))
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
    timeout: PositiveDuration = timedelta(seconds=30)
    max_feed_size: Size = 10_000_000
    max_page_size: Size = 5_000_000
    allow_hosts: AllowedHosts = ()
    proxy: Annotated[SecretStr | None, BeforeValidator(parse_proxy)] = None
    no_proxy: Words = ()
    ca_file: Path | None = None
    connections_per_host: int = Field(default=2, gt=0)
    starts_per_second: float = Field(default=1.0, gt=0)
    pages_per_host: int = Field(default=50, gt=0)


class ScheduleSection(Section):
    min_interval: Duration = timedelta(minutes=10)
    max_interval: PositiveDuration = timedelta(hours=24)
    tick: PositiveDuration = timedelta(minutes=1)
    max_cycle: PositiveDuration = timedelta(minutes=4)
    grace: Duration = timedelta(seconds=20)

    @model_validator(mode="after")
    def _ordered(self) -> ScheduleSection:
        if self.min_interval > self.max_interval:
            raise ValueError("min_interval is longer than max_interval; swap them")
        return self


class ExtractSection(Section):
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, gt=0)
    keep_raw: Duration = timedelta(days=14)


class TopicSection(Section):
    """The shapes only: what a rule may say is read by `relevance`, which points at the character."""

    name: str = Field(min_length=1)
    profile: Path | None = None
    threshold: float | None = Field(default=None, ge=0, le=1)
    terms: tuple[str, ...] = ()
    require: tuple[tuple[str, ...], ...] = ()
    exclude: tuple[str, ...] = ()
    facets: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    within: int | None = Field(default=None, gt=0)
    for_: tuple[str, ...] = Field(default=(), alias="for")
    against: tuple[str, ...] = ()


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
    timeout: PositiveDuration = timedelta(seconds=30)

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
    proxy: Annotated[str | None, BeforeValidator(parse_proxy)] = None

    @model_validator(mode="after")
    def _ordered(self) -> FeedSection:
        if self.min_interval and self.max_interval and self.min_interval > self.max_interval:
            raise ValueError("min_interval is longer than max_interval; swap them")
        return self


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
                    near = nearest(topic, names) or f"; there is '{', '.join(names)}'"
                    where = f"[[recipients]] '{recipients.name}'"
                    raise ValueError(f"{where} wants the topic '{topic}', which there is not{near}")
        return self


def refuse_repeats(table: str, names: list[str]) -> None:
    """Names are how a person and the database know a thing: each once."""
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{table} has the name '{name}' twice; give each its own")
