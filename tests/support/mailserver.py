"""A real mail server on loopback that fails where it is told to, and keeps what it took.

with MailServer() as server:
    ...                                     # send to server.host, server.port
    assert server.messages[0].recipient == "reader@example.org"

with MailServer(Fault.at("RCPT", 550, only="gone@example.org")) as server: ...
with MailServer(Fault.hang("DATA")) as server: ...
"""

# aiosmtpd finds a command's method by the command's name.
# ruff: noqa: N802

from __future__ import annotations

import asyncio
import ssl
import threading
import warnings
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
STAGES = ("BANNER", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "BODY")  # BODY: the answer to the final dot
START_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, at which stage, and how often."""

    stage: str
    code: int | None = None  # answer this; None: hang up, or say nothing
    text: str = "not today"
    hangs: bool = False  # say nothing until the client gives up
    keeps: bool = False  # at BODY: the message is taken before the answer is lost
    only: str | None = None  # for this recipient (stages from RCPT on)
    times: int | None = None  # so many times, then all is well; None: always

    @staticmethod
    def at(stage: str, code: int, **more: Any) -> Fault:
        """Refuse with an answer."""
        return Fault(stage=stage, code=code, **more)

    @staticmethod
    def drop(stage: str, **more: Any) -> Fault:
        """Close the connection without an answer."""
        return Fault(stage=stage, **more)

    @staticmethod
    def hang(stage: str, **more: Any) -> Fault:
        """Never answer."""
        return Fault(stage=stage, hangs=True, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message that the server took."""

    sender: str
    recipient: str
    raw: bytes
    options: tuple[str, ...] = ()  # of MAIL FROM
    encrypted: bool = False
    user: str | None = None
    connection: int = 0  # counted from 1

    @property
    def parsed(self) -> EmailMessage:
        return cast(EmailMessage, message_from_bytes(self.raw, policy=policy.default))

    def part(self, subtype: str) -> str:
        """The text of the 'plain' or 'html' part."""
        body = self.parsed.get_body((subtype,))
        assert body is not None
        return str(body.get_content())


class MailServer:
    """A server in a thread of its own. `faults` may be changed while it runs.

    security: none, starttls (offered and required) or tls; certificate: chain and key files for those two.
    login: user and password, without which nothing is taken. utf8: whether SMTPUTF8 is offered.
    """

    def __init__(
        self,
        *faults: Fault,
        security: str = "none",
        certificate: tuple[Path, Path] | None = None,
        login: tuple[str, str] | None = None,
        utf8: bool = True,
        port: int = 0,
    ) -> None:
        self.faults = list(faults)
        self.security = security
        self.certificate = certificate
        self.login = login
        self.utf8 = utf8
        self.host = HOST
        self.port = port  # 0: a free one, known once the server runs
        self.messages: list[Received] = []
        self.commands: list[str] = []  # stages as clients came to them
        self.connections = 0
        self._sessions: list[FaultySession] = []
        self._used: Counter[Fault] = Counter()
        self.loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> MailServer:
        self._thread.start()
        assert self._started.wait(START_SECONDS), "the mail server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(START_SECONDS)

    def fault(self, stage: str, recipient: str | None = None) -> Fault | None:
        """The fault that is due now; counts it."""
        for fault in self.faults:
            spent = fault.times is not None and self._used[fault] >= fault.times
            if fault.stage == stage and fault.only in (None, recipient) and not spent:
                self._used[fault] += 1
                return fault
        return None

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        tls = self.context() if self.security == "tls" else None
        listening = self.loop.run_until_complete(
            self.loop.create_server(self._protocol, self.host, self.port, ssl=tls)
        )
        self.port = listening.sockets[0].getsockname()[1]
        self._started.set()
        self.loop.run_forever()
        self.loop.run_until_complete(self._end(listening))
        self.loop.close()

    async def _end(self, listening: asyncio.AbstractServer) -> None:
        """Leave nothing open behind a client that still waits."""
        listening.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.abort()
        await asyncio.sleep(0.01)
        rest = asyncio.all_tasks() - {cast(Any, asyncio.current_task())}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _protocol(self) -> SMTP:
        self.connections += 1
        session = FaultySession(self, self.connections)
        self._sessions.append(session)
        return session

    def context(self) -> ssl.SSLContext:
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self.certificate))
        return context


class FaultySession(SMTP):
    """One connection. aiosmtpd speaks the protocol, this makes it stumble."""

    def __init__(self, server: MailServer, number: int) -> None:
        offered = server.context() if server.security == "starttls" else None
        with warnings.catch_warnings():
            # Passwords without TLS: on loopback, and what some inner relays want.
            warnings.simplefilter("ignore", UserWarning)
            super().__init__(
                Keeper(server, number),
                enable_SMTPUTF8=server.utf8,
                hostname="mail.example.org",
                tls_context=offered,
                require_starttls=offered is not None,
                auth_required=server.login is not None,
                auth_require_tls=offered is not None,
                authenticator=self._check,
                loop=server.loop,
            )
        self._server = server

    async def _handle_client(self) -> None:
        fault = self._server.fault("BANNER")
        if fault is None:
            await super()._handle_client()
            return
        await self.stumble(fault)
        if self.transport is not None:
            self.transport.close()

    async def smtp_EHLO(self, hostname: str) -> None:
        if await self._well("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if await self._well("EHLO"):
            await super().smtp_HELO(hostname)

    async def smtp_AUTH(self, arg: str) -> None:
        if await self._well("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self._well("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        recipient = (arg or "").partition("<")[2].partition(">")[0]
        if await self._well("RCPT", recipient):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        recipients = self.envelope.rcpt_tos if self.envelope else []
        if await self._well("DATA", recipients[0] if recipients else None):
            await super().smtp_DATA(arg)

    async def _well(self, stage: str, recipient: str | None = None) -> bool:
        self._server.commands.append(stage)
        fault = self._server.fault(stage, recipient)
        if fault is None:
            return True
        await self.stumble(fault)
        return False

    async def stumble(self, fault: Fault) -> None:
        if fault.hangs:
            await asyncio.Event().wait()
        elif fault.code is not None:
            await self.push(f"{fault.code} {fault.text}")
        if (fault.code is None or fault.code == 421) and self.transport is not None:
            self.transport.close()

    def _check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self._server.login, handled=False, auth_data=data)


class Keeper:
    """aiosmtpd's handler: what becomes of a message."""

    def __init__(self, server: MailServer, number: int) -> None:
        self._server = server
        self._number = number

    async def handle_DATA(self, smtp: FaultySession, session: Session, envelope: Envelope) -> str:
        recipient = envelope.rcpt_tos[0]
        fault = self._server.fault("BODY", recipient)
        if fault is None or fault.keeps:
            self._keep(session, envelope)
        if fault is None:
            return "250 OK, taken"
        if fault.code is not None:
            return f"{fault.code} {fault.text}"
        await smtp.stumble(fault)
        return await asyncio.Event().wait() or ""  # until the closed connection ends this task

    def _keep(self, session: Session, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        login = getattr(session, "auth_data", None)
        for recipient in envelope.rcpt_tos:
            self._server.messages.append(
                Received(
                    sender=envelope.mail_from or "",
                    recipient=recipient,
                    raw=content,
                    options=tuple(envelope.mail_options),
                    encrypted=session.ssl is not None or self._server.security == "tls",
                    user=login.login.decode() if isinstance(login, LoginPassword) else None,
                    connection=self._number,
                )
            )


def certificates(folder: Path, *names: str) -> tuple[Path, tuple[Path, Path]]:
    """A fresh authority and a certificate of it for the names: (ca file, (chain file, key file))."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert(*(names or (HOST, "localhost")))
    ca, chain, key = folder / "ca.pem", folder / "chain.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(str(ca))
    issued.private_key_pem.write_to_path(str(key))
    for place, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(chain), append=place > 0)
    return ca, (chain, key)
