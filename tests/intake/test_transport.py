"""Certificates and proxies at work stand in test_fetch.py."""

import asyncio
import ssl

import httpx
import pytest
from support.faultserver import FaultServer

from monitor.errors import ConfigError
from monitor.intake.guard import Guard
from monitor.intake.transport import Connections, tls_context


def test_certificates_are_always_checked():
    context = tls_context()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats()["x509_ca"] > 50


def test_a_missing_ssl_cert_file_is_a_matter_for_a_person(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))

    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        tls_context()


def test_connections_are_used_again():
    async def inside():
        connections = Connections(Guard(("127.0.0.1",)), tls_context())
        try:
            for _ in range(5):
                response = await connections.send(httpx.Request("GET", server.url("/ok")))
                await response.aread()
        finally:
            await connections.close()

    with FaultServer() as server:
        asyncio.run(inside())

    assert len(server.requests) == 5
    assert server.most_connections == 1
