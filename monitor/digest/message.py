"""A digest as a mail for one recipient: headers and both forms. Sending is `deliver`'s affair."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from monitor import words
from monitor.digest.render import render_html, render_text, subject
from monitor.model.digest import Digest


class Verbatim(UnstructuredHeader):
    """A header in one line. The library folds a long word into an encoded one (RFC 2047), which no mail
    client reads as an address; RFC 5322 allows 998 characters.
    """

    max_count = 1
    name: str  # of BaseHeader, with which the registry joins this class

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_REGISTRY = HeaderRegistry()
for _name in ("list-unsubscribe", "list-unsubscribe-post", "list-id", "message-id"):
    _REGISTRY.map_to_type(_name, Verbatim)  # type: ignore[arg-type]  # see `Verbatim.name`
POLICY = SMTP.clone(header_factory=_REGISTRY)


def message(
    digest: Digest,
    recipient: str,
    sender: str,
    message_id: str,
    date: datetime,
    unsubscribe_url: str | None = None,
) -> EmailMessage:
    """The mail, ready for `Mailer.send`.

    `recipient` and `sender` are addresses with or without a name. In `unsubscribe_url` {list} and
    {recipient} are filled in, URL-encoded; over https it serves one click (RFC 8058).
    """
    to, from_ = mailbox(recipient), mailbox(sender)
    international = not (to.addr_spec + from_.addr_spec).isascii()
    mail = EmailMessage(policy=POLICY.clone(utf8=True) if international else POLICY)
    mail["From"] = from_
    mail["To"] = to
    mail["Subject"] = subject(digest)
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = _one_line(message_id)
    mail["List-Id"] = list_id(digest.to, from_.domain)
    mail["Auto-Submitted"] = "auto-generated"
    link = _unsubscribe_link(unsubscribe_url, digest.to, to.addr_spec)
    if link:
        mail["List-Unsubscribe"] = f"<{link}>"
        if link.startswith("https://"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text, html = _bodies(digest, link)
    # Quoted-printable: every server takes it, and a person who looks at the source can read it.
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    return mail


def mailbox(text: str) -> Address:
    """'Reader <reader@example.org>' or the bare address; the domain as IDNA.

    Nothing is refused here: what is no address comes back as one without a domain.
    """
    tidy = _one_line(text)
    name, bare = "", tidy
    if tidy.endswith(">"):
        name, _, bare = tidy[:-1].rpartition("<")
    user, _, domain = bare.strip().rpartition("@")
    if len(user) > 1 and user[0] == user[-1] == '"':
        user = user[1:-1]
    return Address(display_name=name.strip().strip('"'), username=user, domain=_ascii_domain(domain))


def list_id(list_name: str, domain: str) -> str:
    """'<policy-desk.example.org>' (RFC 2919): the list's name as a label, unlike any other list's."""
    label = re.sub(r"[^a-z0-9]+", "-", list_name.lower()).strip("-")[:50]
    if label != list_name:
        label = f"{label}-{hashlib.sha256(list_name.encode()).hexdigest()[:8]}".lstrip("-")
    return f"<{label}.{domain if domain.isascii() and domain else 'localhost'}>"


@lru_cache(maxsize=4)
def _bodies(digest: Digest, unsubscribe_url: str) -> tuple[str, str]:
    """Text and HTML; cached, because a list's recipients get the same one unless it holds their link."""
    return (
        render_text(digest, unsubscribe_url=unsubscribe_url),
        render_html(digest, unsubscribe_url=unsubscribe_url),
    )


def _unsubscribe_link(template: str | None, list_name: str, recipient: str) -> str:
    """'' where there is none; nothing that would end the header or its angle brackets."""
    if not template:
        return ""
    filled = template.replace("{list}", quote(list_name, safe=""))
    filled = filled.replace("{recipient}", quote(recipient, safe=""))
    return quote(_one_line(filled), safe="!#$%&'()*+,/:;=?@[]~")


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    import idna  # needed by international domains only

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return domain  # the server will say what it makes of it


def _one_line(text: str) -> str:
    return words.squeeze(words.clean(text))
