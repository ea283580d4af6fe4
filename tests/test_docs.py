"""The documentation says what the program is: each command, option, key, state and code stands in it.

Both ways where that can be told: what the docs show as a command, a link or a setting must exist.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from monitor.cli.main import app, hoisted
from monitor.config import load_settings
from monitor.config.load import is_list, keys_of, refuse_unknown_environment, sections
from monitor.config.settings import Settings
from monitor.errors import ExitCode
from monitor.model.article import BodyStatus, JudgedOn, Method, Role
from monitor.model.digest import DeliveryState
from monitor.model.feed import FeedState, PollOutcome

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
EXAMPLE = ROOT / "config.example.toml"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")),
    ]
)
COMMANDS = typer.main.get_command(app)


def page_id(value: Any) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


def section_of(page: str, heading: str) -> str:
    """The text below a heading, up to the next one."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no heading '{heading}'"
    return found[1]


def rows_of(text: str) -> dict[str, list[str]]:
    """A table's rows by what their first cell names; a cell may name several."""
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for name in re.findall(r"`([^`]+)`|\*\*(\d+)\*\*", cells[0]) if cells else ():
            rows[name[0] or name[1]] = cells[1:]
    return rows


# ---- commands


def leaves(command: Any = COMMANDS, path: tuple[str, ...] = ("monitor",)) -> Iterator[tuple[str, Any]]:
    """Each command that does something, with its whole name."""
    below = getattr(command, "commands", {})
    if not below:
        yield " ".join(path), command
    for name, one in below.items():
        yield from leaves(one, (*path, name))


LEAVES = list(leaves())


def options_of(command: Any) -> set[str]:
    return {
        name
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.hidden
        for name in (*parameter.opts, *parameter.secondary_opts)
    }


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_each_command_has_its_section_with_all_its_options_and_no_other(name, command):
    section = section_of("commands.md", name)
    told = {word for row in rows_of(section) for word in re.findall(r"^--[a-z-]+", row)}

    assert told == {option for option in options_of(command) if option.startswith("--")}


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_the_exit_codes_that_a_command_names_in_its_help_stand_in_its_section(name, command):
    in_help = re.search(r"Exit\s+codes:(.*)", command.help or "", re.DOTALL)
    in_docs = re.search(r"Exit\s+codes:(.*)", section_of("commands.md", name), re.DOTALL)
    if in_help is None:
        return

    assert in_docs is not None
    assert set(re.findall(r"(?:^|·)\s*(\d+)\b", in_help[1])) <= set(re.findall(r"\b\d+\b", in_docs[1]))


def test_the_commands_page_has_no_section_for_a_command_that_there_is_not():
    headings = re.findall(r"^### (monitor .*)$", (REFERENCE / "commands.md").read_text(), re.MULTILINE)

    assert sorted(headings) == sorted(name for name, _ in leaves())


def test_the_global_options_are_told():
    section = section_of("commands.md", "Global options")

    for option in options_of(COMMANDS):
        assert re.search(rf"`{re.escape(option)}[` ]", section), option


# ---- states and codes


@pytest.mark.parametrize(
    ("heading", "members"),
    [
        ("Body status", BodyStatus),
        ("Judged on", JudgedOn),
        ("Feed states", FeedState),
        ("Poll outcomes", PollOutcome),
        ("Delivery states", DeliveryState),
    ],
)
def test_each_state_has_its_row_and_no_row_names_another(heading: str, members: type[Enum]):
    assert list(rows_of(section_of("states.md", heading))) == [str(member.value) for member in members]


def test_each_exit_code_has_its_row():
    assert list(rows_of(section_of("states.md", "Exit codes"))) == [str(int(code)) for code in ExitCode]


def test_roles_and_methods_are_told():
    told = section_of("records.md", "Article") + section_of("states.md", "Roles")

    for member in (*Role, *Method):
        assert f"`{member.value}`" in told, member


# ---- configuration


def heading_of(section: str) -> str:
    return f"[[{section}]]" if is_list(section) else f"[{section}]"


@pytest.mark.parametrize("section", list(sections()))
def test_each_key_has_its_row_in_the_order_of_the_program(section: str):
    assert list(rows_of(section_of("keys.md", heading_of(section)))) == keys_of(sections()[section])


def validated(field: FieldInfo, value: Any) -> Any:
    """A value as the configuration would read it for this key."""
    kind = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation  # type: ignore[index]
    return TypeAdapter(kind).validate_python(value)


def defaults() -> Iterator[tuple[str, str, FieldInfo]]:
    """The keys that have a default which is the same everywhere."""
    for section, model in sections().items():
        for name, field in model.model_fields.items():
            if not (field.is_required() or field.default_factory or field.default is None):
                yield section, field.alias or name, field


DEFAULTS = list(defaults())


@pytest.mark.parametrize(
    ("section", "key", "field"), DEFAULTS, ids=[f"{section}.{key}" for section, key, _ in DEFAULTS]
)
def test_the_default_in_the_docs_is_the_programs(section: str, key: str, field: FieldInfo):
    told = rows_of(section_of("keys.md", heading_of(section)))[key][0]
    if (section, key) == ("feeds", "title"):
        assert told == "the feed's own"  # which an empty text stands for
        return

    written = re.fullmatch(r"`(.*)`", told)

    assert written, f"the default of {section}.{key} is not told: {told}"
    assert validated(field, tomllib.loads(f"value = {written[1]}")["value"]) == field.default


def test_the_docs_name_the_environment_as_the_program_reads_it(monkeypatch: pytest.MonkeyPatch):
    keys = (REFERENCE / "keys.md").read_text()
    prefix, delimiter = Settings.model_config["env_prefix"], Settings.model_config["env_nested_delimiter"]

    assert f"`{prefix}SECTION{delimiter}KEY`" in keys
    for page in PAGES:
        for name in re.findall(rf"\b{prefix}[A-Z]+(?:__[A-Z_]+)?\b(?!\.)", page.read_text(encoding="utf-8")):
            if name != f"{prefix}SECTION{delimiter}KEY":
                monkeypatch.setenv(name, "x")
    refuse_unknown_environment()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_configuration_shown_in_the_docs_loads(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for secret in re.findall(r'_file = "([^"]+)"', page.read_text(encoding="utf-8")):
        (tmp_path / Path(secret).name).write_text("sqlite:///monitor.db\n")

    for number, block in enumerate(blocks(page, "toml")):
        content = re.sub(r'(_file = ")[^"]*/', r"\1", block)
        file = tmp_path / f"config-{number}.toml"
        file.write_text(content)
        load_settings(file)


# ---- config.example.toml


def test_the_example_loads_as_it_stands_and_lists_twenty_feeds_or_more():
    settings = load_settings(EXAMPLE)

    assert len(settings.feeds) >= 20
    assert len({feed.url for feed in settings.feeds}) == len(settings.feeds)


def example_chunks() -> dict[str, str]:
    """The example's text by section; comments between two sections belong to both."""
    chunks = dict.fromkeys(sections(), "")
    current, comments = "", ""
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True):
        heading = re.match(r"(?:# ?)?\[\[?(\w+)\]\]?$", line.rstrip())
        if heading and heading[1] in chunks:
            current = heading[1]
            chunks[current] += comments
        comments = comments + line if line.startswith("#") or not line.strip() else ""
        if current:
            chunks[current] += line
    return chunks


def example_values(section: str) -> dict[str, tuple[bool, Any]]:
    """Each `key = value` line: whether it stands commented out, and its value where it is one line."""
    found: dict[str, tuple[bool, Any]] = {}
    for mark, key, text in re.findall(r"^(# ?)?(\w+) = (.+)$", example_chunks()[section], re.MULTILINE):
        try:
            found.setdefault(key, (bool(mark), tomllib.loads(f"value = {text}")["value"]))
        except tomllib.TOMLDecodeError:
            found.setdefault(key, (bool(mark), None))
    return found


@pytest.mark.parametrize("section", list(sections()))
def test_the_example_names_every_key(section: str):
    chunk = example_chunks()[section]

    missing = [key for key in keys_of(sections()[section]) if not re.search(rf"\b{key}\b", chunk)]
    assert not missing


@pytest.mark.parametrize(
    ("section", "key", "field"),
    [one for one in DEFAULTS if not is_list(one[0])],
    ids=[f"{section}.{key}" for section, key, _ in DEFAULTS if not is_list(section)],
)
def test_the_example_gives_each_default(section: str, key: str, field: FieldInfo):
    _, written = example_values(section)[key]

    assert validated(field, written) == field.default


@pytest.mark.parametrize("section", [section for section in sections() if not is_list(section)])
def test_keys_without_a_default_stand_commented_out_in_the_example(section: str):
    fields = {field.alias or name: field for name, field in sections()[section].model_fields.items()}
    written = example_values(section)

    for key, field in fields.items():
        if field.default is None or field.default_factory:
            assert written[key][0], f"{section}.{key} has no default and is set"


def test_each_feed_of_the_example_says_where_it_was_found():
    told = (DOCS / "feeds.md").read_text(encoding="utf-8")

    assert not [feed.url for feed in load_settings(EXAMPLE).feeds if f"| {feed.url} |" not in told]


# ---- what the docs show


def blocks(page: Path, *kinds: str) -> list[str]:
    """The fenced code blocks of some kinds, without the indent of a list around them."""
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^( *)```(\w*)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    return [
        re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, kind, body in fences if kind in kinds
    ]


def shown_commands(page: Path) -> Iterator[list[str]]:
    """The words after each `monitor` that a page tells to type: in code blocks and in inline code."""
    lines = [line for block in blocks(page, "sh", "crontab", "ini") for line in joined(block)]
    inline = re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8"))
    lines += [code for code in inline if code.startswith("monitor ")]
    for line in lines:
        for words in simple_commands(line):
            places = [place for place, word in enumerate(words) if re.search(r"(^|/)monitor$", word)]
            if places and words[places[-1] + 1 :]:
                yield words[places[-1] + 1 :]


def joined(block: str) -> list[str]:
    """The lines of a block, those that go on in the next one put together."""
    return block.replace("\\\n", " ").splitlines()


def simple_commands(line: str) -> Iterator[list[str]]:
    """A shell's line parted at pipes, redirections and the like."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|&;<>()"):
            yield words
            words = []
        else:
            words.append(word)
    yield words


def parse(command: Any, words: list[str], parent: Any = None) -> None:
    """Read words as the program would, without running anything. Raises its usage error."""
    if not hasattr(command, "commands"):
        command.make_context(command.name, list(words), parent=parent)
        return
    # A group's own options come first; what follows is a command of it.
    flags = {option: parameter for parameter in command.params for option in parameter.opts}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        parameter = flags[rest.pop(0)]
        if not (parameter.is_flag or parameter.count):
            rest.pop(0)
    if rest:
        parse(command.commands[rest[0]], rest[1:], parent)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_command_line_that_the_docs_show_is_one(page: Path):
    for words in shown_commands(page):
        try:
            parse(COMMANDS, hoisted(words))
        except Exception as error:
            told = error.format_message() if hasattr(error, "format_message") else repr(error)
            # 'monitor feeds add' alone, in running text, names a command: its arguments are elsewhere.
            if not told.startswith("Missing argument"):
                pytest.fail(f"monitor {' '.join(words)}: {told}")


def test_the_docs_show_enough_commands_for_that_to_mean_something():
    shown = {" ".join(words[:2]) for page in PAGES for words in shown_commands(page)}

    assert {"once", "feeds add", "digest --test", "seed build", "db upgrade"} <= {
        name for words in shown for name in (words, words.split()[0])
    }
    assert len(shown) > 30


def anchors(page: Path) -> set[str]:
    """The headings' anchors, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_reached_from_the_table_of_contents():
    contents = DOCS / "README.md"
    linked = {
        (contents.parent / target.partition("#")[0]).resolve()
        for target in re.findall(r"\]\(([^)\s]+)\)", contents.read_text(encoding="utf-8"))
    }

    assert {page for page in DOCS.rglob("*.md") if page != contents} <= linked


def test_the_readme_is_short_and_shows_a_picture_that_is_small():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    picture = (DOCS / "pictures" / "digest.png").read_bytes()

    assert len(readme.splitlines()) <= 120
    assert "](docs/pictures/digest.png)" in readme
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000


# ---- records

OPEN_MAPS = ("articles", "deliveries", "articles_by_status", "judged_on")  # their keys are states


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's folder, with a database that has something of everything."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    done = run("--json", "-q", "demo", "--keep", str(folder))
    (folder / "summary.json").write_text(done)
    (folder / "config.toml").write_text('[[recipients]]\nname = "demo"\nto = ["reader@example.org"]\n')
    return folder


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def names_in(record: Any, *, keys_matter: bool = True) -> set[str]:
    """Every field at every depth, without the keys of maps that are states."""
    if isinstance(record, list):
        return set().union(*(names_in(one) for one in record))
    if not isinstance(record, dict):
        return set()
    names = set(record) if keys_matter else set()
    return names.union(
        *(names_in(value, keys_matter=name not in OPEN_MAPS) for name, value in record.items())
    )


def told_fields(heading: str) -> set[str]:
    """All code words between a heading of records.md and the next of its rank."""
    text = (REFERENCE / "records.md").read_text(encoding="utf-8")
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {word for code in re.findall(r"`([^`]+)`", part) for word in re.findall(r"\w+", code)}


def ask(folder: Path, *words: str) -> str:
    return run("--config", str(folder / "config.toml"), "--json", "-q", *words)


@cache
def any_article(folder: Path) -> str:
    return str(json.loads(ask(folder, "articles", "list", "--flagged", "--limit", "1"))["url"])


@cache
def any_feed(folder: Path) -> str:
    return str(json.loads(ask(folder, "feeds", "list").splitlines()[0])["url"])


STAND_INS = {"FEED": any_feed, "URL": any_article, "TEXT": lambda _: str(ROOT / "README.md")}


@pytest.mark.parametrize(
    ("headings", "words"),
    [
        pytest.param(["Feed"], ["feeds", "show", "FEED"], id="feed"),
        pytest.param(["Article"], ["articles", "show", "URL", "--text"], id="article"),
        pytest.param(["Digest"], ["digest", "--since", "2000-01-01"], id="digest"),
        pytest.param(["Other records"], ["topics", "list"], id="topics list"),
        pytest.param(["Other records"], ["topics", "check", "open-source-ai-policy"], id="topics check"),
        pytest.param(["Other records"], ["seed", "show"], id="seed show"),
        pytest.param(["Other records"], ["db", "check"], id="db check"),
        pytest.param(["Other records"], ["db", "current"], id="db current"),
        pytest.param(["Batch filters", "Article"], ["score", "TEXT"], id="score"),
    ],
)
def test_every_field_of_a_record_is_told(headings: list[str], words: list[str], demo: Path):
    record = json.loads(ask(demo, *(STAND_INS[word](demo) if word in STAND_INS else word for word in words)))

    told = set().union(*map(told_fields, headings))
    assert names_in(record) <= told, names_in(record) - told


def test_every_field_of_why_is_told(demo: Path):
    record = json.loads(ask(demo, "why", any_article(demo)))

    # Its lists hold rows as they are stored, for a person who follows one address.
    assert set(record) <= told_fields("Other records")


def test_every_field_of_the_summary_is_told(demo: Path):
    summary = json.loads((demo / "summary.json").read_text())

    assert names_in(summary) <= told_fields("Summary")
