"""Meaning as vectors: the one module that knows which embedding model is used.

To replace the model, write `embed` and `MODEL` anew and build the profiles again. The weights travel in
wordllama's wheel (16 MB; about 90 MB of memory once loaded, 0.25 s); nothing is ever downloaded.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]
    Vector: TypeAlias = NDArray[np.float32]

MODEL = "wordllama l2_supercat 256"  # part of each profile and of each topic's version
WIDTH = 256
LONGEST = 2_000  # characters embedded of any text: a mean over more words says less, and costs more


def embed(texts: Sequence[str]) -> Matrix:
    """One unit vector a text, as rows; a row of zeros for a text without words."""
    import numpy as np

    rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
    spoken = [at for at, text in enumerate(texts) if any(character.isalnum() for character in text)]
    if spoken:
        rows[spoken] = _model().embed([texts[at][:LONGEST] for at in spoken])
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit


def centred(rows: Matrix, centre: Vector) -> Matrix:
    """Rows without what all texts have in common, at length 1 again; zeros stay zeros.

    Without it any two English texts have a cosine of about 0.3.
    """
    import numpy as np

    moved = np.where(np.any(rows != 0, axis=1, keepdims=True), rows - centre, 0).astype(np.float32)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Matrix = np.divide(moved, lengths, out=np.zeros_like(moved), where=lengths > 0)
    return unit


@cache
def _model() -> Any:
    # One text at a time is embedded in each worker process; threads inside would only fight over cores.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import wordllama

    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
