"""Bodies unpacked piece by piece, within a limit that counts every byte made on the way.

Knows Content-Encoding and nothing else of HTTP. The libraries' one-step calls are not used: a few
hundred bytes of brotli become hundreds of megabytes in one step.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli
import zstandard

# What we ask servers for, and can unpack.
ACCEPT_ENCODING = "gzip, deflate, br, zstd"

# The most that one step may produce.
PIECE = 65_536

# More layers than a misled proxy adds: an attack on our time.
MAX_LAYERS = 3

# zstd cannot be told to stop, but no block of it exceeds 128 kB (RFC 8878) and none is shorter than 4
# bytes: 16 bytes at a time make at most 512 kB. 1.5 MB take 35 ms that way.
ZSTD_STEP = 16
# RFC 9659: a larger window than 8 MB is not for HTTP.
ZSTD_WINDOW = 8 * 1024 * 1024

# Said by misconfigured servers of bodies that are not packed at all.
NOT_PACKED = frozenset({"", "identity", "none", "utf-8", "utf8", "binary", "8bit"})

GZIP_MAGIC = b"\x1f\x8b"


class TooLarge(Exception):
    """More bytes than the limit allows, packed or unpacked."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class Undecodable(Exception):
    """The body is not what its Content-Encoding says; the message is for people."""


class Unpacker:
    """Takes a body as it comes from the wire and gives it unpacked.

        unpacker = Unpacker("gzip", limit=5_000_000)
        unpacker.feed(piece)        # as often as pieces come
        body = unpacker.finish()

    Raises TooLarge as soon as any stage has more than `limit` bytes (at most one piece beyond it is ever
    held), Undecodable for broken, cut or unknown packing.
    """

    def __init__(self, content_encoding: str | None, limit: int) -> None:
        self._layers = _layers(content_encoding)
        self._limit = limit
        self._sizes = [0] * (len(self._layers) + 1)  # of what enters each layer, and of the body
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        """Unpack one piece from the wire."""
        try:
            self._push(data, 0)
        except (zlib.error, brotli.error, zstandard.ZstdError) as exc:
            raise Undecodable("the body is not packed the way its Content-Encoding says") from exc

    def finish(self) -> bytes:
        """The whole body; Undecodable if the packed stream stopped before its end."""
        if self._sizes[0] and not all(layer.complete for layer in self._layers):
            raise Undecodable("the packed body ends in the middle")
        return bytes(self._body)

    def so_far(self) -> bytes:
        """The beginning of the body, at most `limit` bytes; for those who make do with a part."""
        return bytes(self._body[: self._limit])

    def _push(self, data: bytes, depth: int) -> None:
        self._sizes[depth] += len(data)
        if depth == len(self._layers):
            self._body += data
        if self._sizes[depth] > self._limit:
            raise TooLarge(self._limit)
        if depth < len(self._layers):
            for piece in self._layers[depth].unpack(data):
                self._push(piece, depth + 1)


class _Layer(Protocol):
    """One encoding being undone."""

    @property
    def complete(self) -> bool:
        """Whether the stream has come to its own end."""

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """What these bytes unpack to, in bounded pieces."""


def _layers(content_encoding: str | None) -> tuple[_Layer, ...]:
    """The layers in the order of undoing: the last one put on comes off first."""
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    names = [name for name in names if name not in NOT_PACKED]
    if len(names) > MAX_LAYERS:
        raise Undecodable(f"the body is packed {len(names)} times over")
    return tuple(_layer(name) for name in reversed(names))


def _layer(name: str) -> _Layer:
    match name:
        case "gzip" | "x-gzip":
            return _Gzip()
        case "deflate" | "x-deflate":
            return _Deflate()
        case "br":
            return _Brotli()
        case "zstd":
            return _Zstd()
    raise Undecodable(f"the body is packed as {name[:40]!r}, which we did not ask for")


class _Gzip:
    """Gzip, also of several members; what follows the last one is padding and ignored."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._over = False

    @property
    def complete(self) -> bool:
        return self._member.eof

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while data and not self._over:
            if self._member.eof:
                self._over = not GZIP_MAGIC.startswith(data[:2])
                if self._over:
                    return
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield from _inflate(self._member, data)
            data = self._member.unused_data


class _Deflate:
    """Deflate as the standard means it (zlib) and as some servers do (raw)."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: zlib._Decompress | None = None

    @property
    def complete(self) -> bool:
        return self._stream is not None and self._stream.eof

    def unpack(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._head + data
            if len(data) < 2:
                self._head = data
                return
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if _has_zlib_head(data) else -zlib.MAX_WBITS)
        if not self._stream.eof:
            yield from _inflate(self._stream, data)


def _has_zlib_head(data: bytes) -> bool:
    return data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0  # RFC 1950, 2.2


def _inflate(stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """All that the stream makes of these bytes, to the last it holds back."""
    while True:
        piece = stream.decompress(data, PIECE)
        if piece:
            yield piece
        data = stream.unconsumed_tail
        if stream.eof or (not data and len(piece) < PIECE):
            return


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def complete(self) -> bool:
        return bool(self._stream.is_finished())

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while not self._stream.is_finished():
            piece = self._stream.process(data, output_buffer_limit=PIECE)
            if piece:
                yield piece
            if self._stream.can_accept_more_data() and len(piece) < PIECE:
                return  # nothing is held back, neither of what went in nor of what comes out
            data = b""


class _Zstd:
    """Zstandard, also of several frames."""

    def __init__(self) -> None:
        self._frame = _zstd_frame()

    @property
    def complete(self) -> bool:
        return bool(self._frame.eof)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), ZSTD_STEP):
            step = data[start : start + ZSTD_STEP]
            while step:
                if self._frame.eof:
                    self._frame = _zstd_frame()
                piece = self._frame.decompress(step)
                if piece:
                    yield piece
                step = self._frame.unused_data if self._frame.eof else b""


def _zstd_frame() -> zstandard.ZstdDecompressionObj:
    return zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()
