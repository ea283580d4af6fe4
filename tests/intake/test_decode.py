import contextlib
import gzip
import os
import random
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from support.packing import PACKERS, bomb, pack

from monitor.intake.decode import PIECE, TooLarge, Undecodable, Unpacker

TEXT = b"".join(b"A line of text, number %d.\n" % number for number in range(5000))
NAMES = {"raw-deflate": "deflate"}  # what a server calls it


def unpack(packed: bytes, encoding: str | None, *, limit: int = 10_000_000, step: int = 16_384) -> bytes:
    unpacker = Unpacker(encoding, limit)
    for start in range(0, len(packed), step):
        unpacker.feed(packed[start : start + step])
    return unpacker.finish()


@pytest.mark.parametrize("step", [1, 7, 16_384])
@pytest.mark.parametrize("packer", PACKERS)
def test_what_was_packed_comes_out_whole_however_it_is_cut_on_the_wire(packer, step):
    assert unpack(PACKERS[packer](TEXT), NAMES.get(packer, packer), step=step) == TEXT


@given(
    body=st.binary(max_size=2000),
    names=st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd"]), max_size=3),
)
def test_layers_come_off_in_the_reverse_order(body, names):
    encodings = ", ".join(names)

    assert unpack(pack(body, encodings) if names else body, encodings) == body


@pytest.mark.parametrize("name", [None, "", "identity", "none", "UTF-8", " identity , none"])
def test_what_is_not_packed_stays_as_it_is(name):
    assert unpack(TEXT, name) == TEXT


@pytest.mark.parametrize("name", ["GZIP", "x-gzip", " gzip "])
def test_spellings_of_gzip(name):
    assert unpack(gzip.compress(TEXT), name) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_limit(encoding):
    unpacker = Unpacker(encoding, limit=2_000_000)

    with pytest.raises(TooLarge):
        unpacker.feed(bomb(encoding))

    assert unpacker.so_far() == bytes(2_000_000)
    assert len(unpacker._body) <= 2_000_000 + max(PIECE, 524_288)


def test_a_bomb_inside_a_bomb_stops_at_the_limit_too():
    with pytest.raises(TooLarge):
        unpack(pack(bomb("gzip"), "br"), "gzip, br", limit=2_000_000)


def test_a_stage_on_the_way_is_limited_like_the_body():
    """Packed twice, a flood may hide between the stages: here one of empty gzip members."""
    members = gzip.compress(gzip.compress(b"") * 100_000)

    with pytest.raises(TooLarge):
        unpack(members, "gzip, gzip", limit=1_000_000)


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_more_packed_bytes_than_the_limit_are_too_many_already(encoding):
    with pytest.raises(TooLarge):
        unpack(gzip.compress(os.urandom(200_000)), encoding, limit=100_000)


def test_exactly_the_limit_is_allowed():
    assert len(unpack(gzip.compress(b"x" * 100_000), "gzip", limit=100_000)) == 100_000


@pytest.mark.parametrize("packer", PACKERS)
def test_a_stream_that_stops_early_is_noticed(packer):
    packed = PACKERS[packer](TEXT)

    with pytest.raises(Undecodable, match="ends in the middle"):
        unpack(packed[:-10], NAMES.get(packer, packer))


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_bytes_that_are_not_packed_that_way_are_undecodable(encoding):
    with pytest.raises(Undecodable):
        unpack(b"\xff<html>not packed at all</html>" * 10, encoding)


@given(data=st.binary(max_size=500), encoding=st.sampled_from(["gzip", "deflate", "br", "zstd", "br, gzip"]))
def test_garbage_raises_nothing_but_what_is_announced(data, encoding):
    with contextlib.suppress(Undecodable, TooLarge):
        unpack(data, encoding, limit=10_000)


@pytest.mark.parametrize("packer", PACKERS)
def test_a_flipped_bit_raises_nothing_but_what_is_announced(packer):
    packed = bytearray(PACKERS[packer](TEXT))
    chance = random.Random(1)
    for _ in range(200):
        damaged = bytearray(packed)
        damaged[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(Undecodable, TooLarge):
            unpack(bytes(damaged), NAMES.get(packer, packer), limit=1_000_000)


def test_an_empty_body_is_empty_whatever_it_claims():
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, br"):
        assert unpack(b"", encoding) == b""


def test_unknown_and_endless_encodings_are_undecodable():
    with pytest.raises(Undecodable, match="'compress'"):
        Unpacker("compress", 1000)
    with pytest.raises(Undecodable, match="4 times over"):
        Unpacker("gzip, gzip, gzip, gzip", 1000)


def test_several_members_are_one_body_and_padding_is_ignored():
    packed = gzip.compress(b"one ") + gzip.compress(b"two") + bytes(100)

    assert unpack(packed, "gzip", step=5) == b"one two"
    assert unpack(packed, "gzip") == b"one two"


def test_several_zstd_frames_are_one_body():
    packer = zstandard.ZstdCompressor()

    assert unpack(packer.compress(b"one ") + packer.compress(b"two"), "zstd") == b"one two"


def test_a_zstd_window_beyond_what_http_allows_is_refused():
    big = zstandard.ZstdCompressionParameters(window_log=27)
    frame = zstandard.ZstdCompressor(
        compression_params=big,
    ).compressobj()
    packed = frame.compress(os.urandom(1000)) + frame.flush()

    with pytest.raises(Undecodable):
        unpack(packed, "zstd")


def test_deflate_is_told_from_its_first_two_bytes_even_one_at_a_time():
    raw = zlib.compressobj(wbits=-15)

    assert unpack(raw.compress(TEXT) + raw.flush(), "deflate", step=1) == TEXT
