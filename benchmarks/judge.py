"""How many articles a second one core judges: relevant, neighbouring and unrelated texts of 6 kB, made here.

    python benchmarks/judge.py [seconds a kind, default 3]

Prints articles/s for each kind, their ratio to bare word splitting over the same texts (what no judge can
avoid), the time to load, the memory, and how the cost of one text grows up to 1 MB.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable, Sequence

from monitor.model.article import JudgedOn, Text
from monitor.relevance.judge import judge
from monitor.relevance.topics import Topic, TopicSpec, load_topic
from monitor.words import tokens

SIZE = 6_000  # characters, about 1,000 words
TEXTS = 50  # of each kind
RELEVANT = (
    "The ministry said on Monday that developers who publish the weights of a model need no permit.",
    "Opponents of the bill warned that a released model cannot be called back by any court.",
    "Senators asked whether open-source AI should be exempt from the new liability rules.",
    "A coalition of universities signed a letter in defence of openly available language models.",
    "The regulator has until spring to say what counts as an open licence under the act.",
)
NEIGHBOUR = (
    "The lab released a model with forty billion parameters that tops the benchmark for coding.",
    "Investors valued the maker of the open source database at two billion dollars.",
    "The bill would make companies test chatbots before they are offered to children.",
    "Install the package, download the weights and start the server on your own machine.",
    "Maintainers voted to refuse patches that were written with the help of a machine.",
)
UNRELATED = (
    "The bakery on the corner opens at six and sells out of rye bread before eight.",
    "Rain is expected in the north while the coast stays dry until the weekend.",
    "The striker scored twice in the second half and left the pitch with a limp.",
    "Her garden has eleven kinds of roses and one stubborn fig tree that never fruits.",
    "The train to the valley was late again, and passengers shared their sandwiches.",
)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    before = memory()
    started = time.perf_counter()
    topic = load_topic(TopicSpec())
    judge(text_of(RELEVANT, SIZE, 0), topic)
    print(f"load and first verdict {time.perf_counter() - started:.2f} s, memory +{memory() - before:.0f} MB")
    for kind, sentences in (("relevant", RELEVANT), ("neighbour", NEIGHBOUR), ("unrelated", UNRELATED)):
        texts = [text_of(sentences + UNRELATED, SIZE, seed) for seed in range(TEXTS)]
        judged = rate(lambda text: judge(text, topic), texts, seconds)
        split = rate(lambda text: tokens(text.body), texts, seconds / 3)
        flagged = sum(judge(text, topic).flagged for text in texts)
        print(f"{kind:10} {judged:7.0f} articles/s/core  {judged / split:.2f} of word splitting", end="")
        print(f"  flagged {flagged} of {TEXTS}")
    growth(topic)


def growth(topic: Topic) -> None:
    """Seconds for one text of growing size: ten times the text, about ten times the time."""
    for size in (10_000, 100_000, 1_000_000):
        text = text_of(RELEVANT + UNRELATED, size, 1)
        started = time.perf_counter()
        judge(text, topic)
        print(f"{size:>9,} characters {time.perf_counter() - started:7.3f} s")


def rate(work: Callable[[Text], object], texts: Sequence[Text], seconds: float) -> float:
    """How many texts a second of processor time."""
    done = 0
    started = time.process_time()
    while time.process_time() - started < seconds:
        work(texts[done % len(texts)])
        done += 1
    return done / (time.process_time() - started)


def text_of(sentences: Sequence[str], size: int, seed: int) -> Text:
    chance = random.Random(seed)
    body = ""
    while len(body) < size:
        body += " ".join(chance.choice(sentences) for _ in range(4)) + "\n"
    return Text(title=chance.choice(sentences), body=body[:size], judged_on=JudgedOn.BODY, language="en")


def memory() -> float:
    """Peak resident memory in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
