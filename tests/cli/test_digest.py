from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.mailserver import Fault, MailServer
from support.program import Program


def with_mail(program: Program, server: MailServer, *to: str) -> None:
    """The same configuration, with a mail server."""
    smtp = (
        f'[smtp]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "none"\nfrom = "m@example.org"\n'
    )
    recipients = f'[[recipients]]\nname = "morning"\nto = {json.dumps(list(to or ("reader@example.org",)))}\n'
    before = program.config.read_text().partition("[[recipients]]")
    program.config.write_text(
        before[0] + smtp + recipients + "[[feeds]]" + before[2].partition("[[feeds]]")[2]
    )


# ---- look


def test_the_running_digest_is_shown_and_nothing_changes(run, copied):
    first, second = run("digest"), run("digest")

    assert first.code == 0
    assert first.out.startswith("OPEN-SOURCE AI POLICY\n")
    assert all(len(line) <= 80 or line.strip().startswith("http") for line in first.out.splitlines())
    headlines = [story["headline"] for story in run("digest", "--json").record["stories"]]
    assert headlines == [story["headline"] for story in run("digest", "--json").record["stories"]]
    assert len(first.out.splitlines()) == len(second.out.splitlines())


def test_the_digest_tells_what_was_flagged(run, reading):
    record = run("digest", "--format", "json").record
    flagged = {article["url"] for article in run("articles", "list", "--flagged", "--json").records}

    assert flagged <= {article["url"] for story in record["stories"] for article in story["articles"]}
    assert [story["topics"][0]["score"] for story in record["stories"]] == sorted(
        (story["topics"][0]["score"] for story in record["stories"]), reverse=True
    )


def test_html_is_a_whole_page(run, reading):
    html = run("digest", "--format", "html").out

    assert html.lower().startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")


@pytest.mark.parametrize("form", ["text", "html", "json"])
def test_it_may_be_written_to_a_file(form, run, reading):
    shown = run("digest", "--format", form, "--until", "2099-01-01").out

    ran = run("digest", "--format", form, "--out", "digest.out", "--until", "2099-01-01")

    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert Path("digest.out").read_text(encoding="utf-8") == shown


def test_a_period_may_be_chosen(run, reading):
    past = run("digest", "--since", "2020-01-01", "--until", "2020-01-02", "--json").record
    whole = run("digest", "--since", "2020-01-01", "--to", "morning", "--json").record

    assert past["stories"] == []
    assert past["period"]["since"].startswith(("2019-12-31", "2020-01-01"))
    assert len(whole["stories"]) == len(run("digest", "--json").record["stories"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--to", "mornin"), "did you mean 'morning'?"),
        (("--since", "tomorrow"), "write it as"),
        (("--until", "2026-13-01"), "write it as"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "ends before it begins"),
        (("--out", "missing/digest.txt"), "cannot be written"),
        (("--test", "reader@example.org"), "there is no [smtp]"),
        (("--test", "nobody"), "is no mail address"),
        (("--send", "--to", "morning"), "sending takes no period"),
        (("--retry", "--since", "2026-01-01"), "sending takes no period"),
    ],
)
def test_what_cannot_be_done_is_said(options, said, run, reading):
    ran = run("digest", *options)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_without_recipients_the_day_so_far_is_shown(run, fresh):
    ran = run("digest")

    assert ran.code == 0
    assert run("digest", "--json").record["to"] == ""


# ---- send


def test_without_a_mail_server_nothing_is_sent_and_nothing_is_an_error(run, copied):
    ran = run("digest", "--send")

    assert ran.code == 0
    assert "nothing was sent" in ran.out
    assert run("digest", "--send", "--json").record == {"deliveries": {}, "undelivered": 0}


def test_each_story_is_sent_once(run, copied):
    with MailServer() as server:
        with_mail(copied, server)
        stories = run("digest", "--json").record["stories"]

        first = run("digest", "--send", "--json")
        second = run("digest", "--send", "--json")

    assert (first.code, second.code) == (0, 0)
    assert first.record == {"deliveries": {"sent": 1}, "undelivered": 0}
    assert server.messages[0].recipient == "reader@example.org"
    text = server.messages[0].part("plain")
    assert sum(story["url"] in text for story in stories) == len(stories)
    assert len(server.messages) == 2  # the second one says that there is nothing new
    assert not any(story["url"] in server.messages[1].part("plain") for story in stories)


def test_while_something_is_undelivered_the_exit_code_is_1(run, copied):
    with MailServer(Fault.at("RCPT", 451)) as server:
        with_mail(copied, server)

        ran = run("digest", "--send")

    assert ran.code == 1
    assert "1 retry" in ran.out
    assert "reader@example.org: retry: " in ran.out
    assert "451" in ran.out


def test_one_that_was_refused_is_tried_again_only_when_asked(run, copied):
    with MailServer(Fault.at("RCPT", 550, times=1)) as server:
        with_mail(copied, server)

        assert run("digest", "--send", "--json").record == {"deliveries": {"failed": 1}, "undelivered": 1}
        assert run("digest", "--retry", "--json").record["undelivered"] == 0

    assert server.messages


def test_quietly_trouble_is_told_all_the_same(run, copied):
    with MailServer(Fault.at("RCPT", 550)) as server:
        with_mail(copied, server)

        ran = run("-q", "digest", "--send")

    assert ran.code == 1
    assert "reader@example.org: failed" in ran.out


# ---- test


def test_a_test_goes_out_and_marks_nothing(run, copied):
    with MailServer() as server:
        with_mail(copied, server)

        ran = run("digest", "--test", "me@example.org")
        after = run("digest", "--send", "--json").record

    assert ran.code == 0
    assert ran.out == "sent to me@example.org; nothing was marked\n"
    assert [message.recipient for message in server.messages] == ["me@example.org", "reader@example.org"]
    assert after == {"deliveries": {"sent": 1}, "undelivered": 0}


def test_a_test_that_does_not_go_out_is_exit_1(run, copied):
    with MailServer(Fault.at("RCPT", 550)) as server:
        with_mail(copied, server)

        ran = run("digest", "--test", "me@example.org", "--json")

    assert ran.code == 1
    assert ran.record["sent"] is False
    assert "550" in ran.record["error"]
