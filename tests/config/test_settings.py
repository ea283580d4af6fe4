from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from monitor.config import Settings, SmtpSection
from monitor.config.settings import SHIPPED_TOPIC, machine_zone
from monitor.relevance.topics import SHIPPED


def test_the_defaults_are_those_of_the_contract():
    settings = Settings()

    assert settings.database.url.get_secret_value() == "sqlite:///monitor.db"
    assert settings.fetch.timeout == timedelta(seconds=30)
    assert (settings.fetch.max_feed_size, settings.fetch.max_page_size) == (10_000_000, 5_000_000)
    assert (settings.fetch.allow_hosts, settings.fetch.proxy, settings.fetch.ca_file) == ((), None, None)
    assert (settings.fetch.connections_per_host, settings.fetch.starts_per_second) == (2, 1)
    assert settings.fetch.pages_per_host == 50
    assert settings.schedule.min_interval == timedelta(minutes=10)
    assert settings.schedule.max_interval == timedelta(hours=24)
    assert settings.schedule.tick == timedelta(minutes=1)
    assert settings.schedule.max_cycle == timedelta(minutes=4)
    assert settings.schedule.grace == timedelta(seconds=20)
    assert settings.extract.workers >= 1
    assert settings.extract.keep_raw == timedelta(days=14)
    assert settings.digest.at == time(7)
    assert len(settings.digest.days) == 7
    assert (settings.digest.empty, settings.digest.first_days) == ("send", 3)
    assert settings.smtp is None
    assert [topic.name for topic in settings.topics] == [SHIPPED_TOPIC]
    assert (settings.recipients, settings.feeds) == ((), ())


def test_the_shipped_topic_has_one_name():
    assert SHIPPED_TOPIC == SHIPPED


def test_the_machines_zone_is_one_that_python_knows():
    assert ZoneInfo(machine_zone())


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_the_security_unless_it_is_given(security, port):
    section: dict[str, Any] = {"host": "mail.example.org", "from": "a@example.org", "security": security}

    assert SmtpSection(**section).effective_port == port
    assert SmtpSection(**section, port=2525).effective_port == 2525


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("schedule", {"min_interval": "2h", "max_interval": "1h"}),
        ("schedule", {"tick": "0s"}),
        ("schedule", {"max_cycle": "0s"}),
        ("fetch", {"timeout": "0s"}),
        ("fetch", {"max_page_size": "0B"}),
        ("fetch", {"connections_per_host": 0}),
        ("fetch", {"starts_per_second": 0}),
        ("extract", {"workers": 0}),
        ("digest", {"first_days": -1}),
        ("digest", {"unsubscribe_url": "example.org/unsubscribe"}),
        ("smtp", {"host": "", "from": "a@example.org"}),
        ("feeds", [{"url": "https://example.org/", "min_interval": "2h", "max_interval": "1h"}]),
        ("recipients", [{"name": "morning", "to": []}]),
        ("recipients", [{"name": "", "to": ["a@example.org"]}]),
        ("recipients", [{"name": "morning", "to": ["a@example.org"], "threshold": 1.5}]),
    ],
)
def test_a_value_that_could_never_work_is_refused(section, values):
    with pytest.raises(ValidationError):
        Settings(**{section: values})


@pytest.mark.parametrize("table", ["topics", "recipients"])
def test_a_name_stands_for_one_thing(table):
    one = {"name": "twice"} | ({"to": ["a@example.org"]} if table == "recipients" else {})

    with pytest.raises(ValidationError, match="has the name 'twice' twice"):
        Settings(**{table: [one, one]})


def test_a_list_wants_topics_that_there_are():
    wish = {"name": "morning", "to": ["a@example.org"], "topics": ["open-source-ai-polcy"]}

    with pytest.raises(ValidationError, match="did you mean 'open-source-ai-policy'"):
        Settings(recipients=[wish])


def test_a_secret_is_not_shown_when_settings_are_printed():
    settings = Settings(
        database={"url": "postgresql://user:hidden@db/x"},
        fetch={"proxy": "http://user:hidden@proxy/"},
        smtp={"host": "mail", "from": "a@example.org", "username": "a", "password": "hidden"},
    )

    assert "hidden" not in repr(settings)
