"""Finding, reading and checking the configuration.

Every fault becomes a ConfigError with its place and its mend. What the keys mean is not here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from platformdirs import user_config_path
from pydantic import BaseModel, BeforeValidator, SecretStr, ValidationError
from pydantic_settings import SettingsError

from monitor.config.settings import Section, Settings
from monitor.config.values import nearest
from monitor.errors import ConfigError
from monitor.urls import mask

PREFIX = "MONITOR_"
SECRET_FILES = (
    ("database", "url"),
    ("smtp", "password"),
)  # each may come from the file named by `<key>_file`


def find_config(named: Path | None) -> Path | None:
    """The configuration to use: named, $MONITOR_CONFIG, ./config.toml, the user's folder; else None.

    Raises ConfigError when one that was named does not exist.
    """
    wish = named or (Path(os.environ["MONITOR_CONFIG"]) if os.environ.get("MONITOR_CONFIG") else None)
    if wish:
        if not wish.is_file():
            raise ConfigError("there is no such file", str(wish), "`monitor init` writes one")
        return wish
    for path in (Path("config.toml"), user_config_path("monitor") / "config.toml"):
        if path.is_file():
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
    except SettingsError as error:
        raise ConfigError(
            str(error), "environment", "write a list as JSON or as words parted by commas"
        ) from None
    return resolve(settings, (path.parent if path else Path()).absolute())


def has_environment() -> bool:
    """Whether the environment alone configures something, as in a container."""
    return any(name.upper().startswith(PREFIX) for name in os.environ)


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Bad TOML is a ConfigError that names the line."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"this is not valid TOML: {error}", str(path), "text values stand in quotes"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"byte {error.start} is not UTF-8", str(path), "save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", str(path)) from None


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
            if not isinstance(table, (dict, list)):
                owner = next((s for s, m in models.items() if name in keys_of(m)), None)
                mend = f"it belongs below [{owner}]" if owner else "every key stands below a [section]"
                raise ConfigError(f"the key '{name}' stands outside any section", str(path), mend)
            raise ConfigError(f"there is no section '{name}'{nearest(name, models)}", str(path))
        wanted = "[[...]]" if is_list(name) else "[...]"
        tables = table if is_list(name) else [table]
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise ConfigError(
                f"'{name}' must be a table, written as {wanted.replace('...', name)}", str(path)
            )
        for one in tables:
            for key in one:
                if key not in keys_of(models[name]):
                    where = place(path, name, one)
                    raise ConfigError(f"there is no key '{key}'{nearest(key, keys_of(models[name]))}", where)
                refuse_text_for_number(models[name], key, one[key], place(path, name, one))


def refuse_text_for_number(model: type[BaseModel], key: str, value: Any, where: str) -> None:
    """In the file a count is a number; only the environment, which has nothing else, writes it as text."""
    field = model.model_fields.get(key)
    numeric = field is not None and {int, float} & {field.annotation, *get_args(field.annotation)}
    written = field is not None and any(isinstance(part, BeforeValidator) for part in field.metadata)
    if numeric and not written and isinstance(value, (str, bool)):
        raise ConfigError(f"{value!r} is no number; write it without quotes", f"{where} '{key}'")


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


def place(path: Path | None, section: str, table: Mapping[str, Any]) -> str:
    """'config.toml, [[feeds]] https://...' or 'config.toml, [fetch]'."""
    source = str(path) if path else "environment"
    if not is_list(section):
        return f"{source}, [{section}]"
    name = table.get("name") or mask(str(table.get("url", "")))
    return f"{source}, [[{section}]]" + (f" '{name}'" if name else "")


def explain(error: ValidationError, content: Mapping[str, Any], path: Path | None) -> ConfigError:
    """The first fault with its place, and how many more there are."""
    faults = list(error.errors(include_url=False, include_context=True))
    where, what = describe(faults[0], content, path)
    others = len({tuple(fault["loc"][:3]) for fault in faults}) - 1
    more = f" (and {others} more)" if others else ""
    return ConfigError(what + more, where)


def describe(fault: Any, content: Mapping[str, Any], path: Path | None) -> tuple[str, str]:
    """Where and what, without pydantic's words for it and without secret values."""
    location = [part for part in fault["loc"] if not isinstance(part, int)]
    index = next((part for part in fault["loc"] if isinstance(part, int)), 0)
    if not location:
        return str(path or "environment"), message(fault, "")
    section = str(location[0])
    tables = content.get(section, {})
    table = tables[index] if isinstance(tables, list) and index < len(tables) else tables
    where = place(source_of(path, section, location), section, table if isinstance(table, dict) else {})
    key = str(location[1]).rstrip("_") if len(location) > 1 else ""
    return f"{where} '{key}'" if key else where, message(fault, key)


def source_of(path: Path | None, section: str, location: list[Any]) -> Path | None:
    """None where the environment said it."""
    name = f"{PREFIX}{section}__{location[1] if len(location) > 1 else ''}".upper()
    return None if any(name == key.upper() for key in os.environ) else path


def message(fault: Any, key: str) -> str:
    """One sentence for one fault."""
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return "this key is needed and is not there"
    if kind == "value_error":
        text = str(context["error"])
        return "the value is not usable" if key in ("password", "proxy") else text
    if kind == "literal_error":
        value, choices = str(fault["input"]), str(context["expected"])
        return f"{value!r} is not one of {choices}{nearest(value, re.findall('[a-z]+', choices))}"
    return str(fault["msg"]).replace("Input should be", "it should be")


def resolve(settings: Settings, folder: Path) -> Settings:
    """Relative paths become absolute, counted from the file's folder; secrets are read from their files."""
    updates: dict[str, Any] = {}
    for name in ("database", "fetch", "smtp"):
        section = getattr(settings, name)
        if section is not None:
            updates[name] = section.model_copy(update=dict(absolute_paths(section, folder)))
    for name in ("topics", "feeds"):
        updates[name] = tuple(
            s.model_copy(update=dict(absolute_paths(s, folder))) for s in getattr(settings, name)
        )
    for name, key in SECRET_FILES:
        section = updates.get(name)
        if section is not None and (file := getattr(section, f"{key}_file")):
            updates[name] = section.model_copy(
                update={key: SecretStr(read_secret(file, f"[{name}] '{key}_file'"))}
            )
    url = updates["database"].url.get_secret_value()
    updates["database"] = updates["database"].model_copy(
        update={"url": SecretStr(absolute_sqlite(url, folder))}
    )
    return settings.model_copy(update=updates)


def absolute_paths(section: Section, folder: Path) -> Iterator[tuple[str, Path]]:
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, Path):
            yield key, folder / value.expanduser()


def absolute_sqlite(url: str, folder: Path) -> str:
    """'sqlite:///monitor.db' counted from the file's folder; any other URL as it is."""
    match = re.fullmatch(r"(sqlite(?:\+\w+)?:///)([^/?:][^?]*)(\?.*)?", url)
    return f"{match[1]}{folder / match[2]}{match[3] or ''}" if match else url


def read_secret(path: Path, where: str) -> str:
    """The first line of a secret's file."""
    try:
        return path.read_text().split("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise ConfigError(
            f"cannot read {path}: {reason}", where, "the file holds the secret on its first line"
        ) from None
