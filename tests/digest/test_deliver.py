from __future__ import annotations

import base64
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from support.digests import MORNING
from support.mailserver import Fault, MailServer, certificates

from monitor.config.settings import SmtpSection
from monitor.digest.deliver import Mailer, message
from monitor.model.digest import SendOutcome

READER, OTHER = "reader@example.org", "other@example.org"
PASSWORD = "correct horse battery"
SENT, REFUSED, LATER, LOST = SendOutcome.SENT, SendOutcome.REFUSED, SendOutcome.LATER, SendOutcome.LOST


def section(server: MailServer, **more) -> SmtpSection:
    more = {"security": server.security, "timeout": timedelta(seconds=0.5), "from": "desk@example.org"} | more
    return SmtpSection(host=server.host, port=server.port, **more)


def mail(to: str = READER):
    return message(
        MORNING, to, "Desk <desk@example.org>", "<a1@example.org>", datetime(2026, 11, 25, tzinfo=UTC)
    )


def send(mailer: Mailer, to: str = READER):
    return mailer.send(mail(to), to)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("certificates"))


def test_a_mail_arrives_as_it_was_made():
    with MailServer() as server, Mailer(section(server)) as mailer:
        result = send(mailer)

    (received,) = server.messages
    assert result.outcome is SENT
    assert (received.sender, received.recipient) == ("desk@example.org", READER)
    assert received.parsed["Message-ID"] == "<a1@example.org>"
    assert MORNING.stories[0].headline in received.part("html")


def test_many_mails_go_over_one_connection():
    with MailServer() as server, Mailer(section(server)) as mailer:
        results = [send(mailer, f"reader{count}@example.org").outcome for count in range(20)]

    assert results == [SENT] * 20
    assert server.connections == 1
    assert all(len(received.parsed["To"].addresses) == 1 for received in server.messages)


def test_a_line_that_is_a_dot_does_not_end_a_mail():
    mail_with_dots = mail()
    mail_with_dots.clear_content()
    mail_with_dots.set_content(".\n..\n.hidden\nend\n")

    with MailServer() as server, Mailer(section(server)) as mailer:
        result = mailer.send(mail_with_dots, READER)

    assert result.outcome is SENT
    assert server.messages[0].parsed.get_content().split() == [".", "..", ".hidden", "end"]


# What an answer says depends on the stage: before MAIL FROM nothing about the message, in the transaction
# a 5xx is final, and once the final dot is out a missing answer is ambiguous.
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        pytest.param(Fault.at("BANNER", 421), LATER, id="banner 4xx"),
        pytest.param(Fault.at("BANNER", 554), LATER, id="banner 5xx"),
        pytest.param(Fault.drop("BANNER"), LATER, id="banner dropped"),
        pytest.param(Fault.hang("BANNER"), LATER, id="banner hangs"),
        pytest.param(Fault.at("EHLO", 421), LATER, id="EHLO 4xx"),
        pytest.param(Fault.at("EHLO", 550), LATER, id="EHLO 5xx"),
        pytest.param(Fault.drop("EHLO"), LATER, id="EHLO dropped"),
        pytest.param(Fault.hang("EHLO"), LATER, id="EHLO hangs"),
        pytest.param(Fault.at("MAIL", 451), LATER, id="MAIL 4xx"),
        pytest.param(Fault.at("MAIL", 553), REFUSED, id="MAIL 5xx"),
        pytest.param(Fault.at("MAIL", 530), LATER, id="MAIL wants a login"),
        pytest.param(Fault.at("MAIL", 421), LATER, id="MAIL and goodbye"),
        pytest.param(Fault.drop("MAIL"), LATER, id="MAIL dropped"),
        pytest.param(Fault.hang("MAIL"), LATER, id="MAIL hangs"),
        pytest.param(Fault.at("RCPT", 450), LATER, id="RCPT 4xx"),
        pytest.param(Fault.at("RCPT", 550), REFUSED, id="RCPT 5xx"),
        pytest.param(Fault.drop("RCPT"), LATER, id="RCPT dropped"),
        pytest.param(Fault.hang("RCPT"), LATER, id="RCPT hangs"),
        pytest.param(Fault.at("DATA", 451), LATER, id="DATA 4xx"),
        pytest.param(Fault.at("DATA", 554), REFUSED, id="DATA 5xx"),
        pytest.param(Fault.at("DATA", 250), LATER, id="DATA answered with nonsense"),
        pytest.param(Fault.drop("DATA"), LATER, id="DATA dropped"),
        pytest.param(Fault.hang("DATA"), LATER, id="DATA hangs"),
        pytest.param(Fault.at("BODY", 452), LATER, id="message 4xx"),
        pytest.param(Fault.at("BODY", 552), REFUSED, id="message 5xx"),
        pytest.param(Fault.at("BODY", 354), LOST, id="message answered with nonsense"),
        pytest.param(Fault.drop("BODY"), LOST, id="message dropped"),
        pytest.param(Fault.drop("BODY", keeps=True), LOST, id="message taken and dropped"),
        pytest.param(Fault.hang("BODY"), LOST, id="message hangs"),
    ],
)
def test_an_answer_means_what_its_stage_says_and_the_next_mail_goes_out(fault, outcome):
    with MailServer(fault) as server, Mailer(section(server)) as mailer:
        result = send(mailer)
        server.faults.clear()
        next_result = send(mailer, OTHER)

    assert result.outcome is outcome
    assert result.error
    assert next_result.outcome is SENT
    assert server.messages[-1].recipient == OTHER
    assert len(server.messages) == 1 + fault.keeps


def test_one_refused_recipient_leaves_the_others_alone():
    refuses = Fault.at("RCPT", 550, only=OTHER, text="no such user")

    with MailServer(refuses) as server, Mailer(section(server)) as mailer:
        results = [send(mailer, to) for to in (READER, OTHER, "third@example.org")]

    assert [result.outcome for result in results] == [SENT, REFUSED, SENT]
    assert results[1].error == "RCPT TO: 550 no such user"
    assert [received.recipient for received in server.messages] == [READER, "third@example.org"]


@pytest.mark.parametrize("fault", [Fault.drop("MAIL", times=1), Fault.at("MAIL", 421, times=1)])
def test_a_server_that_closes_between_two_mails_is_asked_again_at_once(fault):
    with MailServer() as server, Mailer(section(server)) as mailer:
        first = send(mailer)
        server.faults.append(fault)
        second = send(mailer, OTHER)

    assert (first.outcome, second.outcome) == (SENT, SENT)
    assert server.connections == 2
    assert [received.recipient for received in server.messages] == [READER, OTHER]


def test_a_mail_whose_answer_was_lost_is_not_sent_again_by_itself():
    with MailServer(Fault.drop("BODY", keeps=True, times=1)) as server, Mailer(section(server)) as mailer:
        result = send(mailer)

    assert result.outcome is LOST
    assert len(server.messages) == 1


def test_a_server_that_never_starts_is_not_asked_for_every_recipient():
    with MailServer(Fault.at("BANNER", 554, text="go away")) as server, Mailer(section(server)) as mailer:
        results = [send(mailer) for _ in range(10)]

    assert {result.outcome for result in results} == {LATER}
    assert server.connections == 2
    assert "go away" in (results[-1].error or "")
    assert "not tried again in this run" in (results[-1].error or "")


def test_a_server_that_is_not_there_is_tried_later():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = SmtpSection(
            host="127.0.0.1", port=taken.getsockname()[1], security="none", **{"from": "desk@example.org"}
        )
        with Mailer(nobody) as mailer:
            result = send(mailer)

    assert result.outcome is LATER
    assert "Connection refused" in (result.error or "")


def test_the_error_tells_how_long_was_waited():
    with MailServer(Fault.hang("MAIL")) as server, Mailer(section(server)) as mailer:
        result = send(mailer)

    assert "did not answer within 0.5 s" in (result.error or "")


# ---- encryption and login


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_is_encrypted_and_logged_in(security, certificate):
    ca_file, issued = certificate
    server = MailServer(security=security, certificate=issued, login=("desk", PASSWORD))

    with server, Mailer(section(server, username="desk", password=PASSWORD), ca_file=ca_file) as mailer:
        result = send(mailer)

    assert result.outcome is SENT, result.error
    assert server.messages[0].encrypted
    assert server.messages[0].user == "desk"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_environment_may_name_the_authority(security, certificate, monkeypatch):
    ca_file, issued = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))

    with MailServer(security=security, certificate=issued) as server, Mailer(section(server)) as mailer:
        result = send(mailer)

    assert result.outcome is SENT, result.error


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_nobody_we_trust_is_refused(security, certificate):
    _, issued = certificate

    with MailServer(security=security, certificate=issued) as server, Mailer(section(server)) as mailer:
        result = send(mailer)

    assert result.outcome is LATER
    assert "certificate" in (result.error or "")
    assert server.messages == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_goes_out_in_the_clear_where_encryption_is_asked_for(security):
    with MailServer() as server:
        settings = section(server, security=security, username="desk", password=PASSWORD)
        with Mailer(settings) as mailer:
            result = send(mailer)

    assert result.outcome is LATER
    assert "AUTH" not in server.commands
    assert server.messages == []


def test_a_server_that_wants_encryption_or_login_first_says_nothing_about_the_message(certificate):
    _, issued = certificate
    asks_for_tls = MailServer(security="starttls", certificate=issued)
    asks_for_login = MailServer(login=("desk", PASSWORD))

    for server in (asks_for_tls, asks_for_login):
        with server, Mailer(section(server, security="none")) as mailer:
            result = send(mailer)

        assert result.outcome is LATER
        assert "530" in (result.error or "")


def test_a_wrong_password_is_tried_later_and_never_shown():
    wrong = "wrong horse battery"
    server = MailServer(login=("desk", PASSWORD))

    with server, Mailer(section(server, username="desk", password=wrong)) as mailer:
        result = send(mailer)

    assert result.outcome is LATER
    assert "did not take user name and password" in (result.error or "")
    assert wrong not in (result.error or "")


@pytest.mark.parametrize(
    "echo",
    [
        PASSWORD,
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.b64encode(f"\0desk\0{PASSWORD}".encode()).decode(),
    ],
)
def test_a_password_that_a_server_echoes_is_masked(echo):
    server = MailServer(Fault.at("AUTH", 535, text=f"bad {echo} given"), login=("desk", PASSWORD))

    with server, Mailer(section(server, username="desk", password=PASSWORD)) as mailer:
        result = send(mailer)

    assert "bad *** given" in (result.error or "")
    assert echo not in (result.error or "")


# ---- addresses


def test_an_address_outside_ascii_goes_to_a_server_that_takes_it():
    with MailServer() as server, Mailer(section(server)) as mailer:
        result = send(mailer, "zoë@example.org")

    assert result.outcome is SENT, result.error
    assert server.messages[0].recipient == "zoë@example.org"
    assert "SMTPUTF8" in server.messages[0].options


def test_an_address_outside_ascii_is_refused_by_a_server_that_cannot():
    with MailServer(utf8=False) as server, Mailer(section(server)) as mailer:
        results = [send(mailer, "zoë@example.org"), send(mailer)]

    assert [result.outcome for result in results] == [REFUSED, SENT]
    assert "SMTPUTF8" in (results[0].error or "")


def test_an_international_domain_goes_to_any_server():
    with MailServer(utf8=False) as server, Mailer(section(server)) as mailer:
        result = send(mailer, "Zoë <zoe@bücher.example>")

    assert result.outcome is SENT, result.error
    assert server.messages[0].recipient == "zoe@xn--bcher-kva.example"


@pytest.mark.parametrize("nobody", ["", "nobody", "@example.org", "nobody@", "a@b\r\nRCPT TO: c@d x"])
def test_what_is_no_address_fails_alone(nobody):
    with MailServer() as server, Mailer(section(server)) as mailer:
        results = [send(mailer, nobody), send(mailer)]

    assert [result.outcome for result in results] == [REFUSED, SENT]
    assert [received.recipient for received in server.messages] == [READER]


def test_a_host_name_that_cannot_be_one_is_tried_later():
    impossible = SmtpSection(host="x" * 80 + ".example", **{"from": "desk@example.org"})

    with Mailer(impossible) as mailer:
        result = send(mailer)

    assert result.outcome is LATER
    assert result.error


def test_the_default_context_checks_names_and_chains():
    context = ssl.create_default_context()

    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_greeting_is_a_session_and_no_mail(certificate):
    authority, files = certificate
    with (
        MailServer(security="starttls", certificate=files, login=("desk", PASSWORD)) as server,
        Mailer(section(server, username="desk", password=PASSWORD), ca_file=authority) as mailer,
    ):
        assert mailer.greet() is None

    assert server.messages == []
    assert "MAIL" not in server.commands


def test_a_greeting_that_fails_says_why_without_the_password():
    with (
        MailServer(login=("desk", PASSWORD)) as server,
        Mailer(section(server, username="desk", password="wrong horse")) as mailer,
    ):
        fault = mailer.greet()

    assert fault is not None
    assert "did not take user name and password" in fault
    assert "wrong horse" not in fault


@pytest.mark.parametrize(
    ("stage", "outcome"), [("EHLO", LATER), ("MAIL", LATER), ("RCPT", LATER), ("DATA", LATER), ("BODY", LOST)]
)
def test_a_conversation_that_hangs_is_cut_by_another_thread(stage, outcome):
    with MailServer(Fault.hang(stage)) as server, ThreadPoolExecutor() as threads:
        mailer = Mailer(section(server, timeout=timedelta(seconds=30)))
        sending = threads.submit(send, mailer)
        time.sleep(0.3)

        mailer.abort()
        result = sending.result(timeout=5)
        mailer.close()

    assert result.outcome is outcome


def test_after_an_abort_nothing_is_sent_any_more():
    with MailServer() as server, Mailer(section(server)) as mailer:
        send(mailer)
        mailer.abort()

        result = send(mailer)

    assert result.outcome is LATER
    assert len(server.messages) == 1
