"""A digest's way to the mail server: one recipient a mail, one connection for many mails.

Whatever the server does comes back as a `SendResult`; nothing here raises for it. The mail itself is made
in `message`, when a delivery is tried again is `outbox`'s affair.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor import words
from monitor.config.settings import SmtpSection
from monitor.digest.extracts import shortened
from monitor.digest.message import mailbox, message
from monitor.model.digest import SendOutcome, SendResult

__all__ = ["Mailer", "message"]

# Answers to MAIL FROM that speak of the session, not of the message: authentication or encryption wanted
# (RFC 4954, RFC 3207). Mending the configuration helps, so the mail waits.
ABOUT_THE_SESSION = frozenset({530, 534, 535, 538})
CLOSING = 421  # at any stage: the server hangs up after this (RFC 5321, 3.8)

# A server that cannot be reached twice in a row is not asked again for each of a thousand recipients, nor
# is a wrong password offered until the account is locked.
MOST_FAILED_STARTS = 2
QUIT_SECONDS = 5.0  # everything is delivered by then; not worth a long wait
ERROR_LENGTH = 300

SERVER_FAULTS = (smtplib.SMTPException, OSError, ValueError)  # ValueError: what no command line can carry


class NotReady(Exception):
    """No session to send in: connection, TLS, login. Says nothing about the message."""


class Gone(Exception):
    """The session ended before the message was handed over."""

    def __init__(self, error: str, *, at_start: bool) -> None:
        super().__init__(error)
        self.at_start = at_start  # before the server answered anything about this message


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the server is told, and the bytes it gets."""

    sender: str
    recipient: str
    international: bool  # an address outside ASCII: needs SMTPUTF8
    body: bytes  # CRLF line ends, dots doubled, without the final dot

    @property
    def options(self) -> tuple[str, ...]:
        return ("SMTPUTF8", "BODY=8BITMIME") if self.international else ()


class Mailer:
    """A session with the mail server, opened by the first mail and again after a fault.

        with Mailer(section) as mailer:
            result = mailer.send(message, "reader@example.org")

    Not for several threads, but for `abort`. `ca_file` is trusted beside the system's authorities and
    `SSL_CERT_FILE`.
    """

    def __init__(self, section: SmtpSection, *, ca_file: Path | None = None) -> None:
        self._section = section
        self._ca_file = ca_file
        self._client: smtplib.SMTP | None = None
        self._opening: smtplib.SMTP | None = None  # while it is being greeted
        self._aborted = False
        self._failed_starts = 0
        self._start_error = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, message: EmailMessage, recipient: str) -> SendResult:
        """Hand one mail to the server, for one recipient, and say what it answered.

        SENT, or REFUSED (a 5xx to sender, recipient or message), LATER (anything before the message was
        handed over, and any 4xx), LOST (handed over, and no answer that could be read).
        """
        envelope = _envelope(message, recipient)
        if envelope is None:
            return SendResult(outcome=SendOutcome.REFUSED, error=f"{recipient!r} is no mail address")
        for reused in (True, False) if self._client else (False,):
            try:
                return self._hand_over(self._session(), envelope)
            except NotReady as error:
                return SendResult(outcome=SendOutcome.LATER, error=str(error))
            except Gone as gone:
                self._drop()
                # Servers close a session that was idle or has carried enough: a fresh one may do.
                if not (reused and gone.at_start):
                    return SendResult(outcome=SendOutcome.LATER, error=str(gone))
        raise AssertionError("a fresh session gives a result")

    def greet(self) -> str | None:
        """Open the session: connect, encrypt, log in. What is wrong, in words; None where all is well."""
        try:
            self._session()
        except NotReady as fault:
            return str(fault)
        return None

    def abort(self) -> None:
        """Called from another thread: have a `send` that waits for the server end now, and start no other.

        It then says what it would have said, had the server hung up. One that still waits for the server's
        first words cannot be cut short: it ends with its time-out, and hands nothing over.
        """
        self._aborted = True
        for client in (self._opening, self._client):
            if client is not None and client.sock is not None:
                with contextlib.suppress(OSError):
                    # Not the TLS layer's own shutdown: the other thread is inside that layer.
                    socket.socket.shutdown(client.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """End the session politely; a server that does not answer is left."""
        if self._client and not self._aborted:
            with contextlib.suppress(*SERVER_FAULTS):
                if self._client.sock:
                    self._client.sock.settimeout(QUIT_SECONDS)
                self._client.quit()
        self._drop()

    # ---- the session

    def _session(self) -> smtplib.SMTP:
        if self._client is None:
            if self._failed_starts >= MOST_FAILED_STARTS:
                raise NotReady(f"not tried again in this run: {self._start_error}")
            try:
                self._client = self._open()
            except SERVER_FAULTS as fault:
                self._failed_starts += 1
                self._start_error = self._told("no session", fault)
                raise NotReady(self._start_error) from None
            self._failed_starts = 0
        if self._aborted:
            raise NotReady("the program was asked to stop")
        return self._client

    def _open(self) -> smtplib.SMTP:
        """Connected, encrypted as configured (never less), logged in."""
        section, timeout = self._section, self._section.timeout.total_seconds()
        place = (section.host, section.effective_port)
        client: smtplib.SMTP
        if section.security == "tls":
            client = smtplib.SMTP_SSL(
                *place, local_hostname="localhost", timeout=timeout, context=self._context()
            )
        else:
            client = smtplib.SMTP(*place, local_hostname="localhost", timeout=timeout)
        self._opening = client
        try:
            self._greet(client)
        except BaseException:
            client.close()
            raise
        finally:
            self._opening = None
        return client

    def _greet(self, client: smtplib.SMTP) -> None:
        # smtplib would look the machine's name up in the DNS, which takes long where there is none.
        client.local_hostname = _own_name(client)
        # The final dot is a packet of its own; without this it waits for the answer to the one before.
        _socket_of(client).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.ehlo_or_helo_if_needed()
        if self._section.security == "starttls":
            client.starttls(context=self._context())
            client.ehlo_or_helo_if_needed()
        if self._section.username:
            client.login(self._section.username, self._password())

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._ca_file:
            context.load_verify_locations(cafile=self._ca_file)
        return context

    def _password(self) -> str:
        return self._section.password.get_secret_value() if self._section.password else ""

    def _drop(self) -> None:
        if self._client:
            self._client.close()
            self._client = None

    # ---- one mail

    def _hand_over(self, client: smtplib.SMTP, mail: Envelope) -> SendResult:
        """One transaction, stage by stage, because what an answer means depends on the stage.

        Raises Gone where the session ends before the final dot.
        """
        if mail.international and not client.has_extn("smtputf8"):
            return SendResult(
                outcome=SendOutcome.REFUSED,
                error="the mail server takes no addresses outside ASCII (it does not offer SMTPUTF8)",
            )
        stage = "MAIL FROM"
        try:
            code, reply = client.mail(mail.sender, mail.options)
            if code == 250:
                stage = "RCPT TO"
                code, reply = client.rcpt(mail.recipient)
            if stage == "RCPT TO" and code in (250, 251):
                stage = "DATA"
                code, reply = client.docmd("DATA")
            if code != 354:
                return self._turned_down(stage, code, reply)
            client.send(mail.body)
        except SERVER_FAULTS as fault:
            raise Gone(self._told(stage, fault), at_start=stage == "MAIL FROM") from None
        return self._finish(client)

    def _finish(self, client: smtplib.SMTP) -> SendResult:
        """The final dot: from here the server may have the message, whatever happens."""
        try:
            client.send(b".\r\n")
            code, reply = client.getreply()
        except SERVER_FAULTS as fault:
            self._drop()
            return SendResult(outcome=SendOutcome.LOST, error=self._told("no answer to the message", fault))
        if 200 <= code <= 299:
            return SendResult(outcome=SendOutcome.SENT)
        if not 400 <= code <= 599:
            self._drop()
            error = self._text(f"no answer to the message that could be read: {_words(reply)}")
            return SendResult(outcome=SendOutcome.LOST, error=error)
        return self._turned_down("the message", code, reply)

    def _turned_down(self, stage: str, code: int, reply: bytes) -> SendResult:
        """What a refusal means; the session is made ready for the next mail, or ended."""
        error = self._text(f"{stage}: {code} {_words(reply)}")
        if code == CLOSING and stage == "MAIL FROM":
            raise Gone(error, at_start=True)
        about_session = code in ABOUT_THE_SESSION and stage == "MAIL FROM"
        if code == CLOSING or about_session or not 400 <= code <= 599:
            self._drop()
        else:
            self._reset()
        for_good = 500 <= code <= 599 and not about_session
        return SendResult(outcome=SendOutcome.REFUSED if for_good else SendOutcome.LATER, error=error)

    def _reset(self) -> None:
        if self._client:
            try:
                code, _ = self._client.rset()
            except SERVER_FAULTS:
                code = -1
            if code != 250:
                self._drop()

    # ---- errors in words

    def _told(self, stage: str, fault: BaseException) -> str:
        return self._text(f"{stage}: {_cause(fault, self._section)}")

    def _text(self, error: str) -> str:
        """Servers echo what they were sent: no password leaves in an error, in no coding."""
        for secret in _codings(self._section.username or "", self._password()):
            error = error.replace(secret, "***")
        return shortened(words.squeeze(words.clean(error)), ERROR_LENGTH)


def _envelope(message: EmailMessage, recipient: str) -> Envelope | None:
    """None where the recipient is no address."""
    sender, to = mailbox(str(message["From"])).addr_spec, mailbox(recipient).addr_spec
    if not re.fullmatch(r"\S.*@\S+", to):
        return None
    body = message.as_bytes()
    return Envelope(
        sender=sender,
        recipient=to,
        international=not (sender + to).isascii(),
        # A line that begins with a dot gets a second one (RFC 5321, 4.5.2).
        body=re.sub(rb"(?m)^\.", b"..", body if body.endswith(b"\r\n") else body + b"\r\n"),
    )


def _own_name(client: smtplib.SMTP) -> str:
    """What EHLO says: the machine's full name, else its address as a literal (RFC 5321, 4.1.4)."""
    name = socket.gethostname()
    if "." in name and re.fullmatch(r"[A-Za-z0-9.-]+", name):
        return name
    address = str(_socket_of(client).getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _socket_of(client: smtplib.SMTP) -> socket.socket:
    if client.sock is None:
        raise smtplib.SMTPServerDisconnected("the server hung up")
    return client.sock


def _cause(fault: BaseException, section: SmtpSection) -> str:
    """An exception of the libraries below, in words for whoever has to mend it."""
    place = f"{section.host}:{section.effective_port}"
    if isinstance(fault, smtplib.SMTPServerDisconnected) and isinstance(fault.__context__, OSError):
        fault = fault.__context__  # smtplib says 'closed' also where it only waited too long
    match fault:
        case smtplib.SMTPAuthenticationError():
            return f"{place} did not take user name and password: {_answer(fault)}"
        case smtplib.SMTPResponseException():
            return f"{place} answered {_answer(fault)}"
        case smtplib.SMTPNotSupportedError() if section.security == "starttls":
            return f"{place} does not offer what is needed: {fault}; [smtp] security or username is wrong"
        case smtplib.SMTPServerDisconnected():
            return f"{place} hung up ({fault})"
        case ssl.SSLCertVerificationError():
            return f"{place} has a certificate that is not trusted: {fault.verify_message}"
        case ssl.SSLError():
            return f"{place} speaks no TLS as expected: {fault.reason or fault}"
        case TimeoutError():
            return f"{place} did not answer within {section.timeout.total_seconds():g} s"
        case socket.gaierror():
            return f"the name {section.host} is not known: {fault.strerror}"
        case OSError():
            return f"{place}: {fault.strerror or fault}"
        case _:
            return f"{place}: {fault}"


def _answer(fault: smtplib.SMTPResponseException) -> str:
    return f"{fault.smtp_code} {_words(fault.smtp_error)}"


def _words(reply: bytes | str) -> str:
    return reply if isinstance(reply, str) else reply.decode("utf-8", "replace")


def _codings(username: str, password: str) -> list[str]:
    """The password as it may come back from a server: plain, and as AUTH LOGIN and PLAIN send it."""
    if not password:
        return []
    plain = f"\0{username}\0{password}".encode()
    coded = [base64.b64encode(raw).decode() for raw in (plain, password.encode())]
    return [*coded, password]
