"""Digests on their way to a real mail server that fails where it is told to; on both engines."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.cycles import RECIPIENTS, RSS, Work, item, rss
from support.faultserver import FaultServer, serve_many
from support.mailserver import Fault, MailServer
from support.pages import TITLE, page

from monitor.errors import LockHeld
from monitor.model.digest import DeliveryState
from monitor.store import lists, outbox
from monitor.store.locks import hold
from monitor.work.digests import running_digest
from monitor.work.flow import Stop
from monitor.work.pipeline import anything_due
from monitor.work.sending import send_digests, send_test_mail

FIRST, SECOND = RECIPIENTS
DAY = timedelta(days=1)
FLAGGED = "The harbour council keeps the old ferry terminal, and the ferries that call at its pier: number"


def publish(work: Work, server: FaultServer, *numbers: int) -> None:
    """Have these stories flagged; each is an entry without a page, judged on its own text."""
    items = [item(number, description=f"{FLAGGED} {number}.") for number in numbers]
    server.page("/feed.xml", rss(*items), content_type=RSS)
    work.execute("UPDATE feeds SET next_poll_at = added_at")
    assert work.cycle().summary.flagged == len(numbers)


def configure(work: Work, server: FaultServer, mail: MailServer | None, **more: object) -> None:
    work.configure(feeds=[server.url("/feed.xml")], mail=mail, **more)  # type: ignore[arg-type]


def reached(mail: MailServer) -> dict[str, set[int]]:
    """Which stories each recipient has got; one that came in two mails fails here."""
    mails = {message.parsed["Message-ID"]: message for message in mail.messages}
    got: dict[str, Counter[int]] = {}
    for message in mails.values():
        text = message.part("plain")
        numbers = [number for number in range(1, 10) if f"Story {number} of the harbour" in text]
        got.setdefault(message.recipient, Counter()).update(numbers)
    assert not [number for counts in got.values() for number, count in counts.items() if count > 1]
    return {recipient: set(counts) for recipient, counts in got.items()}


# ---- when


def test_a_lists_first_period_begins_with_its_day_and_is_due_at_the_next_hour(
    work: Work, server: FaultServer
) -> None:
    with MailServer() as mail:
        configure(work, server, mail)
        publish(work, server, 1)

    zone = ZoneInfo("Europe/Brussels")
    begin = work.list().period_start.astimezone(zone)
    due = work.list().next_digest_at.astimezone(zone)
    assert (begin.date(), begin.hour, begin.minute) == (datetime.now(zone).date(), 0, 0)
    assert (due.hour, due.minute) == (7, 0)
    assert datetime.now(UTC) < work.list().next_digest_at <= datetime.now(UTC) + DAY
    assert mail.messages == []


def test_a_cycle_sends_what_is_due_and_the_next_period_begins_where_this_one_ended(
    work: Work, server: FaultServer
) -> None:
    with MailServer() as mail:
        configure(work, server, mail)
        publish(work, server, 1)
        work.let_digests_be_due()

        result = work.cycle()
        again = work.cycle()

    assert result.summary.deliveries == {"sent": 2}
    assert again.summary.deliveries == {}
    assert reached(mail) == {FIRST: {1}, SECOND: {1}}
    assert not result.needs_person
    assert work.list().next_digest_at > datetime.now(UTC)
    assert datetime.now(UTC) - work.list().period_start < timedelta(minutes=1)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_slow_pages_do_not_keep_a_digest_that_is_due(work: Work, server: FaultServer) -> None:
    with MailServer() as mail:
        configure(work, server, mail, schedule={"max_cycle": timedelta(seconds=3)})
        publish(work, server, 1)
        stuck = [item(f"stuck {n}", link=server.url(f"/hang?n={n}")) for n in range(30)]
        server.page("/feed.xml", rss(*stuck), content_type=RSS)
        work.let_feeds_be_due()
        work.let_digests_be_due()

        result = work.cycle()

    assert result.summary.articles["pending"] >= 20
    assert result.summary.deliveries == {"sent": 2}


def test_without_a_mail_server_nothing_is_frozen_and_nothing_is_due(work: Work, server: FaultServer) -> None:
    configure(work, server, None)
    publish(work, server, 1)
    work.let_digests_be_due()
    before = work.list()

    sent = work.send()
    result = work.cycle()

    assert (sent.by_state, sent.undelivered, result.needs_person) == ({}, 0, False)
    assert work.list() == before
    assert not work.database.read(anything_due, work.settings, datetime.now(UTC))


# ---- what


@pytest.mark.parametrize(("empty", "mails"), [("send", 4), ("skip", 2)])
def test_send_delivers_each_story_once_and_a_second_time_an_empty_digest_or_none(
    work: Work, server: FaultServer, empty: str, mails: int
) -> None:
    with MailServer() as mail:
        configure(work, server, mail, digest={"empty": empty})
        publish(work, server, 1, 2)

        first, second = work.send(), work.send()

    assert first.by_state == {"sent": 2}
    assert second.undelivered == 0
    assert reached(mail) == {FIRST: {1, 2}, SECOND: {1, 2}}
    assert len(mail.messages) == mails


def test_the_same_report_in_three_outlets_is_mailed_as_one_story(work: Work, server: FaultServer) -> None:
    with serve_many(3) as outlets, MailServer() as mail:
        urls = [outlet.page("/news/harbour-council-ferry-terminal", page()) for outlet in outlets]
        server.page("/feed.xml", rss(*(item(url, link=url, title=TITLE) for url in urls)), content_type=RSS)
        configure(work, server, mail, to=[FIRST])
        work.cycle()

        work.send()

    (message,) = mail.messages
    assert message.part("plain").count(TITLE) == 1
    assert all(url in message.part("plain") or url in message.part("html") for url in urls)


def test_a_recipient_who_joins_later_gets_nothing_older_than_its_day(work: Work, server: FaultServer) -> None:
    yesterday = datetime.now(UTC) - DAY
    with MailServer() as mail:
        configure(work, server, mail, to=[FIRST], joined=yesterday)
        publish(work, server, 1)
        work.execute("UPDATE verdicts SET judged_at = :at", at=stored(work, yesterday))
        configure(work, server, mail)
        publish(work, server, 2)

        work.send()

    assert reached(mail) == {FIRST: {1, 2}, SECOND: {2}}


def stored(work: Work, moment: datetime) -> object:
    """A moment as the engine's column keeps it."""
    if work.database.kind == "postgresql":
        return moment
    example = work.database.read(lambda tx: tx.exec_driver_sql("SELECT judged_at FROM verdicts").scalar())
    if isinstance(example, int):
        return int(moment.timestamp() * 1_000_000)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


# ---- what servers do


def test_a_refused_recipient_keeps_nobody_else_waiting_and_gets_it_with_the_next_digest(
    work: Work, server: FaultServer
) -> None:
    with MailServer(Fault.at("RCPT", 550, only=FIRST)) as mail:
        configure(work, server, mail)
        publish(work, server, 1)
        refused = work.send()
        failing = work.cycle()
        mail.faults.clear()
        publish(work, server, 2)
        work.let_digests_be_due()

        mended = work.cycle()

    assert (refused.by_state, refused.undelivered) == ({"failed": 1, "sent": 1}, 1)
    assert refused.faults[0].startswith(f"{FIRST}: failed: RCPT TO: 550")
    assert failing.needs_person
    assert failing.summary.deliveries == {}
    assert not mended.needs_person
    assert reached(mail) == {FIRST: {1, 2}, SECOND: {1, 2}}
    assert states(work) == Counter(sent=3, closed=1)


def states(work: Work) -> Counter[str]:
    found = work.database.read(lambda tx: tx.exec_driver_sql("SELECT state FROM deliveries").scalars().all())
    return Counter(found)


def test_retry_tries_a_failed_one_again(work: Work, server: FaultServer) -> None:
    with MailServer(Fault.at("RCPT", 550, only=FIRST)) as mail:
        configure(work, server, mail, digest={"empty": "skip"})
        publish(work, server, 1)
        work.send()
        mail.faults.clear()

        retried = work.send(retry=True)

    assert retried.undelivered == 0
    assert reached(mail) == {FIRST: {1}, SECOND: {1}}


def test_a_server_that_is_busy_is_asked_again_after_a_while_or_when_a_person_says_so(
    work: Work, server: FaultServer
) -> None:
    with MailServer(Fault.at("RCPT", 451, only=FIRST)) as mail:
        configure(work, server, mail, digest={"empty": "skip"})
        publish(work, server, 1)
        work.let_digests_be_due()
        busy = work.cycle()
        mail.faults.clear()
        too_soon = work.cycle()
        waited = mail.connections

        sent = work.send()

    assert busy.summary.deliveries == {"retry": 1, "sent": 1}
    assert not busy.needs_person
    assert too_soon.summary.deliveries == {}
    assert waited == 1
    assert sent.by_state == {"sent": 1}
    assert reached(mail) == {FIRST: {1}, SECOND: {1}}


def test_a_server_that_is_not_there_costs_no_mail(work: Work, server: FaultServer) -> None:
    with MailServer() as mail:
        configure(work, server, mail)
    publish(work, server, 1)
    work.let_digests_be_due()
    down = work.cycle()
    with MailServer(port=mail.port) as again:
        work.let_deliveries_be_due()

        up = work.cycle()

    assert down.summary.deliveries == {"retry": 2}
    assert up.summary.deliveries == {"sent": 2}
    assert reached(again) == {FIRST: {1}, SECOND: {1}}


def test_a_lost_answer_is_sent_once_more_under_the_same_message_id(work: Work, server: FaultServer) -> None:
    with MailServer(Fault.drop("BODY", keeps=True, only=FIRST, times=1)) as mail:
        configure(work, server, mail, digest={"empty": "skip"})
        publish(work, server, 1)

        lost = work.send()
        again = work.send()

    mails = [message for message in mail.messages if message.recipient == FIRST]
    assert lost.by_state == {"unknown": 1, "sent": 1}
    assert again.by_state == {"sent": 1}
    assert len(mails) == 2
    assert len({message.parsed["Message-ID"] for message in mails}) == 1


def test_an_answer_that_is_lost_twice_waits_for_a_person(work: Work, server: FaultServer) -> None:
    with MailServer(Fault.drop("BODY", only=FIRST)) as mail:
        configure(work, server, mail, digest={"empty": "skip"})
        publish(work, server, 1)
        work.send()
        twice = work.send()
        third = work.send()
        mail.faults.clear()
        still = work.send()

        person = work.send(retry=True)

    assert twice.by_state == {"unknown": 1}
    assert (third.by_state, third.undelivered) == ({}, 1)
    assert (still.by_state, still.undelivered) == ({}, 1)
    assert person.by_state == {"sent": 1}
    assert reached(mail)[FIRST] == {1}


def test_a_delivery_whose_process_died_is_sent_once_more(work: Work, server: FaultServer) -> None:
    with MailServer() as mail:
        configure(work, server, mail, digest={"empty": "skip"})
        publish(work, server, 1)
        work.send()
        work.execute("UPDATE deliveries SET state = 'sending' WHERE recipient = :to", to=FIRST)

        result = work.cycle()

    first = [message.parsed["Message-ID"] for message in mail.messages if message.recipient == FIRST]
    assert result.summary.deliveries == {"sent": 1}
    assert len(first) == 2
    assert len(set(first)) == 1


def test_a_suppressed_address_gets_no_mail_not_even_one_that_was_frozen_for_it(
    work: Work, server: FaultServer
) -> None:
    with MailServer(Fault.at("MAIL", 451, times=2)) as mail:
        configure(work, server, mail, digest={"empty": "skip"})
        publish(work, server, 1)
        work.send()
        work.database.call(lists.suppress, FIRST, datetime.now(UTC))

        second = work.send()
        publish(work, server, 2)
        third = work.send()

    assert second.by_state == {"suppressed": 1, "sent": 1}
    assert third.by_state == {"sent": 1}
    assert reached(mail) == {SECOND: {1, 2}}


def test_a_digest_that_is_a_day_late_asks_for_a_person(work: Work, server: FaultServer) -> None:
    with MailServer(Fault.at("MAIL", 451)) as mail:
        configure(work, server, mail)
        publish(work, server, 1)
        work.let_digests_be_due()
        assert not work.cycle().needs_person
        work.execute("UPDATE digests SET frozen_at = since")
        work.execute("UPDATE digests SET frozen_at = :at", at=stored(work, datetime.now(UTC) - 2 * DAY))

        late = work.cycle()

    assert late.failed_deliveries == 2


# ---- who


def test_two_never_send_at_the_same_time(work: Work, server: FaultServer) -> None:
    with MailServer() as mail:
        configure(work, server, mail)
        publish(work, server, 1)
        work.let_digests_be_due()
        with hold(work.database, "send"):
            with pytest.raises(LockHeld):
                work.send()
            meanwhile = work.cycle()
        assert mail.messages == []

        result = work.cycle()

    assert meanwhile.summary.deliveries == {}
    assert result.summary.deliveries == {"sent": 2}


def test_a_cycle_with_nothing_to_send_does_not_take_the_lock_from_a_person(
    work: Work, server: FaultServer
) -> None:
    with MailServer() as mail:
        configure(work, server, mail)
        publish(work, server, 1)
        with hold(work.database, "send"):
            result = work.cycle()

    assert result.summary.deliveries == {}
    assert mail.connections == 0


def test_whoever_only_looks_leaves_what_another_process_is_sending(work: Work, server: FaultServer) -> None:
    with MailServer() as mail:
        configure(work, server, mail)
        publish(work, server, 1)
        work.send()
    work.execute("UPDATE deliveries SET state = 'sending'")

    assert work.database.call(anything_due, work.settings, datetime.now(UTC))

    found = work.database.read(outbox.open_deliveries)
    assert {one.state for one in found} == {DeliveryState.SENDING}


@pytest.mark.parametrize(
    ("stage", "state"),
    [("BANNER", "retry"), ("EHLO", "retry"), ("RCPT", "retry"), ("DATA", "retry"), ("BODY", "unknown")],
)
@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_mail_server_that_hangs_is_left_when_a_person_has_asked(
    work: Work, server: FaultServer, stage: str, state: str
) -> None:
    async def ask_soon() -> float:
        stop = Stop(timedelta(minutes=5), timedelta(seconds=0.3))
        asyncio.get_running_loop().call_later(0.5, stop.ask)
        await send_digests(work.settings, work.database, stop, None, everything=True)
        return time.monotonic()

    with MailServer(Fault.hang(stage)) as mail:
        configure(work, server, mail, to=[FIRST], smtp={"timeout": timedelta(seconds=30)})
        publish(work, server, 1)

        began = time.monotonic()
        asyncio.run(ask_soon())

    assert time.monotonic() - began < 5
    assert work.deliveries() == {FIRST: state}


def test_a_test_mail_marks_nothing(work: Work, server: FaultServer) -> None:
    with MailServer() as mail:
        configure(work, server, mail, to=[FIRST])
        publish(work, server, 1)
        digest = work.database.read(running_digest, work.settings, datetime.now(UTC))

        error = send_test_mail(work.settings, digest, "somebody@example.org")
        work.send()

    assert error is None
    assert [message.recipient for message in mail.messages] == ["somebody@example.org", FIRST]
    assert reached(mail) == {"somebody@example.org": {1}, FIRST: {1}}
