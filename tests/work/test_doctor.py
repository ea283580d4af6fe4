"""What is wrong and how to mend it, found at real servers."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.cycles import RSS, Work, item, rss
from support.faultserver import FaultServer
from support.mailserver import Fault, MailServer

from monitor.config.settings import DatabaseSection
from monitor.errors import DatabaseError
from monitor.store import feeds
from monitor.work.doctor import Check, check_proxy, examine

SQLITE = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)


def checks(work: Work) -> dict[str, list[Check]]:
    """All that doctor finds, by what was looked at."""
    url = work.database.url.render_as_string(hide_password=False)
    settings = work.settings.model_copy(update={"database": DatabaseSection(url=url)})  # type: ignore[arg-type]
    found: dict[str, list[Check]] = {}
    for check in examine(settings):
        found.setdefault(check.name, []).append(check)
    return found


def test_where_all_is_well_nothing_needs_a_person(work: Work, server: FaultServer) -> None:
    feed = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    with MailServer() as mail:
        work.configure(feeds=[feed], mail=mail, contact="editor@example.org")

        found = checks(work)

    assert all(check.ok for some in found.values() for check in some), found
    assert {"contact", "database", "mail server", "feeds", "feed"} <= found.keys()
    assert ("disk" in found) == (work.database.kind == "sqlite")
    assert mail.messages == []


@SQLITE
def test_each_feed_that_does_not_answer_is_named_with_its_reason(work: Work, server: FaultServer) -> None:
    good = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    paths = ("/status/404", "/ok", "/hang")
    work.configure(feeds=[good, *map(server.url, paths)], to=(), timeout=timedelta(seconds=1))
    work.database.call(feeds.pause_feed, work.feed(server.url("/hang")).id, datetime.now(UTC))

    found = checks(work)

    (feeds_,) = found["feeds"]
    faults = [check.what for check in found["feed"] if not check.ok]
    assert (feeds_.ok, feeds_.needs_person, feeds_.what) == (False, False, "1 of 3 answer")
    assert len(faults) == 2
    assert "404" in faults[0]
    assert server.asked("/hang") == []
    assert work.feed(good).last_success_at is None  # nothing is stored


@SQLITE
def test_a_mail_server_that_takes_no_login_is_told(work: Work) -> None:
    with MailServer(login=("monitor", "right")) as mail:
        work.configure(mail=mail, smtp={"username": "monitor", "password": "wrong"})
        found = checks(work)

    (server,) = found["mail server"]
    assert not server.ok
    assert server.needs_person
    assert "did not take user name and password" in server.what
    assert "wrong" not in server.what


@SQLITE
def test_deliveries_that_ask_for_a_person_are_named(work: Work, server: FaultServer) -> None:
    with MailServer(Fault.at("RCPT", 550, only="first@example.org")) as mail:
        work.configure(mail=mail)
        work.send()
        found = checks(work)

    (delivery,) = found["delivery"]
    assert delivery.needs_person
    assert delivery.what.startswith("first@example.org: failed after 1 tries: RCPT TO: 550")
    assert "digest --retry" in delivery.mend


@SQLITE
def test_what_is_missing_from_the_configuration_is_said(work: Work) -> None:
    work.configure()

    found = checks(work)

    assert not found["contact"][0].ok
    assert "[smtp]" in found["mail"][0].mend
    assert found["feeds"][0].needs_person


def test_without_a_database_there_is_nothing_to_examine(tmp_path: Path) -> None:
    from monitor.config import Settings

    settings = Settings(database=DatabaseSection(url=f"sqlite:///{tmp_path / 'none.db'}"))  # type: ignore[arg-type]
    with pytest.raises(DatabaseError):
        list(examine(settings))


@SQLITE
def test_a_proxy_that_does_not_listen_is_named(work: Work, server: FaultServer) -> None:
    feed = server.page("/feed.xml", rss(item(1)), content_type=RSS)
    work.configure(feeds=[feed], to=())
    with_proxy = work.settings.fetch.model_copy
    results = []
    for port in (server.port, unused_port()):
        fetch = with_proxy(update={"proxy": SecretStr(f"http://user:secret@127.0.0.1:{port}")})
        (check,) = check_proxy(work.settings.model_copy(update={"fetch": fetch}))
        results.append((check.ok, check.needs_person, "secret" in check.what))

    assert results == [(True, False, False), (False, True, False)]
    assert list(check_proxy(work.settings)) == []


def unused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
