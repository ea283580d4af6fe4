"""Finding, reading and checking the configuration.

Every fault becomes a ConfigError with its place and its mend. What the keys mean is not here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from platformdirs import user_config_path
from pydantic import BaseModel, BeforeValidator, SecretStr, ValidationError

from monitor.config.settings import Section, Settings
from monitor.config.values import nearest, without_secrets
from monitor.errors import ConfigError

PREFIX = "MONITOR_"
SECRET_FILES = (
    ("database", "url"),
    ("smtp", "password"),
)  # each may come from the file named by `<key>_file`

# pydantic's kinds of faults, in our words. No value is quoted that may be a secret.
WORDS = {
    "missing": "this key is needed and is not there",
    "string_type": "this is no text; write it in quotes",
    "tuple_type": "this is no list; write it in brackets",
    "dict_type": "this is no table",
    "path_type": "this is no path; write it in quotes",
    "int_type": "this is no number",
    "int_parsing": "this is no whole number",
    "int_from_float": "this is no whole number",
    "float_type": "this is no number",
    "float_parsing": "this is no number",
    "string_too_short": "this is empty",
    "too_short": "this is empty",
}


def find_config(named: Path | None) -> Path | None:
    """The configuration to use: named, $MONITOR_CONFIG, ./config.toml, the user's folder; else None.

    Raises ConfigError when one that was named does not exist.
    """
    wish = named or (Path(os.environ["MONITOR_CONFIG"]) if os.environ.get("MONITOR_CONFIG") else None)
    if wish is not None:
        if not os.path.exists(wish):
            raise ConfigError("there is no such file", str(wish), "`monitor init` writes one")
        return wish
    for path in (Path("config.toml"), user_config_path("monitor") / "config.toml"):
        if os.path.isfile(path):  # unlike Path.is_file, False where the folder may not be entered
            return path
    return None


def load_settings(path: Path | None) -> Settings:
    """Read the file (None: defaults and environment only), overlay the environment, check everything."""
    refuse_unknown_environment()
    content = read_toml(path) if path else {}
    refuse_unknown_keys(content, path)
    try:
        settings = Settings(**content)
    except ValidationError as error:
        raise explain(error, content, path) from None
    return resolve(settings, path)


def has_environment() -> bool:
    """Whether the environment alone configures something, as in a container."""
    return any(name.upper().startswith(PREFIX) and name.upper() != f"{PREFIX}CONFIG" for name in os.environ)


def from_environment(section: str, key: str) -> bool:
    """Whether the environment says this key, and so beats the file."""
    return any(name.upper() == f"{PREFIX}{section}__{key}".upper() for name in os.environ)


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Bad TOML is a ConfigError that names the line."""
    try:
        # Some editors begin a file with a byte order mark, which TOML does not know.
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"byte {error.start} is not UTF-8", str(path), "save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", str(path)) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        last = len(text.splitlines())
        said = str(error).replace("at end of document", f"at line {last}, the end")
        mend = "text stands in quotes, a list in brackets, each key once"
        raise ConfigError(f"this is not valid TOML: {said}", str(path), mend) from None


# ---- what may stand there


def sections() -> dict[str, type[Section]]:
    """Each table of the file with its model."""
    found = {}
    for name, field in Settings.model_fields.items():
        models = [part for part in (field.annotation, *get_args(field.annotation)) if isinstance(part, type)]
        found[name] = next(model for model in models if issubclass(model, Section))
    return found


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys as they are written in the file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def is_list(section: str) -> bool:
    return section in ("topics", "recipients", "feeds")


def refuse_unknown_keys(content: Mapping[str, Any], path: Path | None) -> None:
    """Every key of the file is one that we know, in a table of the right shape."""
    models = sections()
    for name, table in content.items():
        if name not in models:
            raise unknown_section(name, table, models, path)
        tables = table if is_list(name) else [table]
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            written = f"[[{name}]]" if is_list(name) else f"[{name}]"
            raise ConfigError(f"'{name}' must be a table, written as {written}", str(path))
        for number, one in enumerate(tables, 1):
            where = place(str(path), name, one, number)
            for key, value in one.items():
                if key not in keys_of(models[name]):
                    raise ConfigError(f"there is no key '{key}'{nearest(key, keys_of(models[name]))}", where)
                refuse_text(models[name], key, value, where)


def unknown_section(
    name: str, table: Any, models: Mapping[str, type[Section]], path: Path | None
) -> ConfigError:
    """A section of that name there is not; or it is a key that stands above all sections."""
    if isinstance(table, (dict, list)):
        return ConfigError(f"there is no section '{name}'{nearest(name, models)}", str(path))
    owner = next((section for section, model in models.items() if name in keys_of(model)), None)
    mend = f"it belongs below [{owner}]" if owner else "every key stands below a [section]"
    return ConfigError(f"the key '{name}' stands outside any section", str(path), mend)


def refuse_text(model: type[BaseModel], key: str, value: Any, where: str) -> None:
    """In the file a count is a number and a list is a list; only the environment writes all as text."""
    field = model.model_fields.get(key)
    if field is None or not isinstance(value, (str, bool)):
        return
    kinds = (field.annotation, *get_args(field.annotation))
    own_grammar = any(isinstance(part, BeforeValidator) for part in field.metadata)
    if {int, float} & set(kinds) and not own_grammar:
        raise ConfigError(f"{value!r} is no number; write it without quotes", f"{where} '{key}'")
    if any(get_origin(kind) is tuple for kind in kinds) and key != "days":  # "weekdays" is a text, too
        raise ConfigError("this is no list; write it in brackets", f"{where} '{key}'")


def refuse_unknown_environment() -> None:
    """A misspelt MONITOR_ name would be ignored in silence; it is an error instead."""
    known = {f"{PREFIX}CONFIG"} | {
        f"{PREFIX}{section}__{key}".upper()
        for section, model in sections().items()
        if not is_list(section)
        for key in keys_of(model)
    }
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise ConfigError(f"there is no setting {name}{nearest(name, known)}", "environment")


# ---- what is wrong, and where


def place(source: str, section: str, table: Mapping[str, Any], number: int = 1) -> str:
    """'config.toml, [[feeds]] https://...' or 'config.toml, [fetch]'."""
    if not is_list(section):
        return f"{source}, [{section}]"
    name = table.get("name") or without_secrets(str(table.get("url", "")))
    return f"{source}, [[{section}]] " + (f"'{name}'" if name else f"number {number}")


def explain(error: ValidationError, content: Mapping[str, Any], path: Path | None) -> ConfigError:
    """The first fault with its place, and how many more there are."""
    faults = list(error.errors(include_url=False, include_context=True))
    where, what = describe(faults[0], content, path)
    others = len({tuple(fault["loc"][:3]) for fault in faults}) - 1
    more = f" (and {others} more)" if others else ""
    return ConfigError(what + more, where)


def describe(fault: Any, content: Mapping[str, Any], path: Path | None) -> tuple[str, str]:
    """Where and what, without pydantic's words for it and without secret values."""
    names = [str(part) for part in fault["loc"] if not isinstance(part, int)]
    index = next((part for part in fault["loc"] if isinstance(part, int)), 0)
    if not names:
        return str(path or "environment"), message(fault)
    section, key = names[0], names[1].rstrip("_") if len(names) > 1 else ""
    source = "environment" if path is None or from_environment(section, key) else str(path)
    tables = content.get(section, {})
    table = tables[index] if isinstance(tables, list) and index < len(tables) else tables
    where = place(source, section, table if isinstance(table, dict) else {}, index + 1)
    return f"{where} '{key}'" if key else where, message(fault)


def message(fault: Any) -> str:
    """One sentence for one fault."""
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        value, choices = str(fault["input"]), str(context["expected"])
        return f"{value!r} is not one of {choices}{nearest(value, re.findall('[a-z]+', choices))}"
    return WORDS.get(kind) or str(fault["msg"]).replace("Input should be", "it should be")


# ---- paths and secrets


def resolve(settings: Settings, path: Path | None) -> Settings:
    """Relative paths become absolute, secrets are read from their files."""
    folder = (path.parent if path else Path()).absolute()
    updates: dict[str, Any] = {}
    for name in ("database", "fetch", "smtp"):
        section = getattr(settings, name)
        if section is not None:
            updates[name] = section.model_copy(update=dict(absolute_paths(name, section, folder)))
    for name in ("topics", "feeds"):
        updates[name] = tuple(
            section.model_copy(update=dict(absolute_paths(name, section, folder)))
            for section in getattr(settings, name)
        )
    for name, key in SECRET_FILES:
        updates |= from_secret_file(updates.get(name), name, key, path)
    database = updates["database"]
    url = absolute_sqlite(database.url.get_secret_value(), base("database", "url", folder))
    updates["database"] = database.model_copy(update={"url": SecretStr(url)})
    return settings.model_copy(update=updates)


def base(section: str, key: str, folder: Path) -> Path:
    """What a relative path is counted from: the file's folder; what the environment says, from here."""
    return Path.cwd() if from_environment(section, key) else folder


def absolute_paths(name: str, section: Section, folder: Path) -> Iterator[tuple[str, Path]]:
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, Path):
            yield key, base(name, key, folder) / value.expanduser()


def absolute_sqlite(url: str, folder: Path) -> str:
    """'sqlite:///monitor.db' counted from a folder; any other URL as it is."""
    match = re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?!file:)([^/?:][^?]*)(\?.*)?", url)
    return f"{match[1]}{folder / Path(match[2]).expanduser()}{match[3] or ''}" if match else url


def from_secret_file(section: Any, name: str, key: str, path: Path | None) -> dict[str, Section]:
    """The section with its secret read; nothing where no file is named, or the environment has the secret."""
    file = getattr(section, f"{key}_file", None)
    if file is None or (from_environment(name, key) and not from_environment(name, f"{key}_file")):
        return {}
    source = "environment" if path is None or from_environment(name, f"{key}_file") else path
    secret = read_secret(file, f"{source}, [{name}] '{key}_file'")
    return {name: section.model_copy(update={key: SecretStr(secret)})}


def read_secret(path: Path, where: str) -> str:
    """The first line of a secret's file."""
    mend = "the file holds the secret on its first line"
    try:
        secret = path.read_text(encoding="utf-8").split("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise ConfigError(f"cannot read {path}: {reason}", where, mend) from None
    if not secret:
        raise ConfigError(f"{path} is empty", where, mend)
    return secret
