"""Vectors come from a model inside a wheel, and odd texts do no harm."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from monitor.relevance.vectors import WIDTH, centred, embed


def test_a_text_is_a_vector_of_length_one():
    rows = embed(["open weights", "a cake with plums"])

    assert rows.shape == (2, WIDTH)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_like_is_nearer_than_unlike():
    law, bill, cake = embed(["the senate passed a law", "parliament adopted a bill", "a cake with plums"])

    assert law @ bill > law @ cake


@pytest.mark.parametrize("text", ["", "   ", "\n", "…", "!?"])
def test_a_text_without_words_is_all_zeros_and_stays_so(text):
    rows = embed([text, "words"])

    assert not rows[0].any()
    assert not centred(rows, np.full(WIDTH, 0.1, dtype=np.float32))[0].any()


def test_company_does_not_change_a_vector():
    alone = embed(["model weights"])[0]
    among = embed(["model weights", "a much longer text about the weather in the north and in the south"])[0]

    assert alone == pytest.approx(among, abs=1e-6)


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = (
        "import sys, monitor.relevance.judge, monitor.relevance.topics, monitor.relevance.evaluate\n"
        "from monitor.relevance.topics import TopicSpec, describe\n"
        "describe(TopicSpec())\n"
        "print([name for name in ('numpy', 'wordllama', 'tokenizers', 'sklearn') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
