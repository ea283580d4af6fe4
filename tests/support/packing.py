"""Bodies packed for the wire, rightly and as bombs."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from functools import lru_cache

import brotli
import zstandard

BOMB_BYTES = 100_000_000


def pack(body: bytes, encodings: str) -> bytes:
    """The body packed with one encoding after the other: 'gzip', 'gzip,br'."""
    for name in encodings.split(","):
        body = PACKERS[name.strip()](body)
    return body


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw-deflate": _raw_deflate,
    "br": brotli.compress,
    "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
}


@lru_cache
def bomb(encoding: str) -> bytes:
    """A little that becomes BOMB_BYTES of zeros, made without ever holding them."""
    block = bytes(1_000_000)
    feed, flush = _streaming(encoding)
    return b"".join([*(feed(block) for _ in range(BOMB_BYTES // len(block))), flush()])


def _streaming(encoding: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    if encoding == "br":
        packer = brotli.Compressor(quality=1)
        return packer.process, packer.finish
    if encoding == "zstd":
        frame = zstandard.ZstdCompressor(level=1).compressobj()
        return frame.compress, frame.flush
    wbits = zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS
    stream = zlib.compressobj(1, wbits=wbits)
    return stream.compress, stream.flush
