from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import find_config, load_settings
from monitor.errors import ConfigError, ExitCode


def written(content: str, path: Path = Path("config.toml")) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def refusal(content: str) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        load_settings(written(content))
    assert refused.value.exit_code == ExitCode.USAGE
    return refused.value


# ---- which file


def test_the_file_is_the_one_named_then_the_environments_then_here_then_the_users(tmp_path, monkeypatch):
    users = written("", tmp_path / "home" / "monitor" / "config.toml")
    assert find_config(None) == users
    here = written("")
    assert find_config(None) == here
    named_by_environment = written("", tmp_path / "env.toml")
    monkeypatch.setenv("MONITOR_CONFIG", str(named_by_environment))
    assert find_config(None) == named_by_environment
    named = written("", tmp_path / "named.toml")
    assert find_config(named) == named


def test_there_may_be_none():
    assert find_config(None) is None


@pytest.mark.parametrize("by_environment", [True, False])
def test_one_that_was_named_must_exist(by_environment, monkeypatch):
    if by_environment:
        monkeypatch.setenv("MONITOR_CONFIG", "missing.toml")

    with pytest.raises(ConfigError, match="there is no such file"):
        find_config(None if by_environment else Path("missing.toml"))


# ---- what may be wrong


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(
            '[fetch]\ntimeuot = "30s"',
            "[fetch]: there is no key 'timeuot'; did you mean 'timeout'?",
            id="key",
        ),
        pytest.param("[fetsh]", "there is no section 'fetsh'; did you mean 'fetch'?", id="section"),
        pytest.param(
            'timeout = "30s"',
            "the key 'timeout' stands outside any section; it belongs below [fetch]",
            id="key without section",
        ),
        pytest.param("colour = 1", "every key stands below a [section]", id="unknown key without section"),
        pytest.param(
            "[fetch]\ntimeout = 30", "[fetch] 'timeout': 30 is no duration", id="duration as number"
        ),
        pytest.param('[fetch]\ntimeout = "30"', "'30' is no duration", id="duration without unit"),
        pytest.param('[fetch]\nmax_page_size = "5"', "'5' is no size", id="size without unit"),
        pytest.param(
            '[fetch]\npages_per_host = "50"', "'50' is no number; write it without quotes", id="count as text"
        ),
        pytest.param("[fetch]\npages_per_host = true", "True is no number", id="count as truth"),
        pytest.param(
            "[fetch]\npages_per_host = 2.5",
            "[fetch] 'pages_per_host': this is no whole number",
            id="half a page",
        ),
        pytest.param(
            "[fetch]\npages_per_host = 0", "'pages_per_host': it should be greater than 0", id="none at all"
        ),
        pytest.param(
            '[fetch]\nallow_hosts = "10.0.0.0/8"',
            "'allow_hosts': this is no list; write it in brackets",
            id="list as text",
        ),
        pytest.param('[fetch]\nallow_hosts = ["10.0.0.0/33"]', "neither a network", id="bad network"),
        pytest.param(
            "[fetch]\ncontact = 5",
            "[fetch] 'contact': this is no text; write it in quotes",
            id="text as number",
        ),
        pytest.param('[digest]\nzone = "Europe/Brussel"', "did you mean 'Europe/Brussels'?", id="zone"),
        pytest.param('[digest]\nat = "25:00"', "[digest] 'at': '25:00' is no time of day", id="time"),
        pytest.param('[digest]\ndays = ["tusday"]', "did you mean 'tuesday'?", id="day"),
        pytest.param(
            '[digest]\nempty = "sent"',
            "'sent' is not one of 'send' or 'skip'; did you mean 'send'?",
            id="choice",
        ),
        pytest.param(
            '[[feeds]]\nurl = "nonsense"',
            "[[feeds]] 'nonsense' 'url': 'nonsense' is no web address",
            id="feed's address",
        ),
        pytest.param(
            '[[feeds]]\nurl = "https://example.org/"\n[[feeds]]\ntitle = "x"',
            "[[feeds]] number 2 'url': this key is needed",
            id="feed without address",
        ),
        pytest.param(
            '[[feeds]]\nurl = "https://example.org/"\ntag = ["x"]',
            "[[feeds]] 'https://example.org/': there is no key 'tag'; did you mean 'tags'?",
            id="feed's key",
        ),
        pytest.param('[feeds]\nurl = "x"', "'feeds' must be a table, written as [[feeds]]", id="one bracket"),
        pytest.param(
            '[[fetch]]\ntimeout = "1s"', "'fetch' must be a table, written as [fetch]", id="two brackets"
        ),
        pytest.param('fetch = "x"', "'fetch' must be a table", id="no table"),
        pytest.param("feeds = [1]", "'feeds' must be a table", id="list of no tables"),
        pytest.param(
            '[smtp]\nhost = "x"', "[smtp] 'from': this key is needed and is not there", id="needed key"
        ),
        pytest.param(
            '[smtp]\nhost = "x"\nfrom = "nobody"', "[smtp] 'from': 'nobody' is no mail address", id="sender"
        ),
        pytest.param(
            '[smtp]\nhost = "x"\nfrom = "a@b.org"\nsecurity = "ssl"',
            "'starttls', 'tls' or 'none'",
            id="security",
        ),
        pytest.param(
            '[smtp]\nhost = "x"\nfrom = "a@b.org"\nport = 99999',
            "'port': it should be less than 65536",
            id="port",
        ),
        pytest.param(
            '[[recipients]]\nname = "x"\nto = "a@b.org"',
            "[[recipients]] 'x' 'to': this is no list",
            id="recipients as text",
        ),
        pytest.param(
            '[[topics]]\nname = "x"\nthreshold = 2',
            "[[topics]] 'x' 'threshold': it should be less than",
            id="threshold",
        ),
        pytest.param(
            '[schedule]\nmin_interval = "2d"', "min_interval is longer than max_interval", id="order"
        ),
        pytest.param("[fetch\n", "(at line 1, column 7)", id="bad TOML"),
        pytest.param('[fetch]\ntimeout = "1s"\ntimeout = "2s"', "(at line 3, the end)", id="a key twice"),
    ],
)
def test_a_fault_names_the_file_the_key_and_the_mend(content, said):
    error = str(refusal(content))

    assert error.startswith("config.toml")
    assert said in error
    assert "\n" not in error


def test_of_several_faults_the_first_is_named_and_the_rest_counted():
    assert "(and 2 more)" in str(refusal('[fetch]\ntimeout = "x"\nmax_page_size = "y"\nproxy = "z"'))


@pytest.mark.parametrize(
    "content",
    [
        '[smtp]\nhost = "x"\nfrom = "a@b.org"\npassword = ["hidden"]',
        "[smtp]\npassword = 'hidden'",
        '[fetch]\nproxy = "user:hidden@proxy"',
        '[fetch]\nproxy = "ftp://user:hidden@proxy/"',
        '[[feeds]]\nurl = "https://user:hidden@exam ple.org/"',
        '[[feeds]]\nurl = "user:hidden@example.org/"\nproxy = 5',
        '[[feeds]]\nurl = "https://user:hidden@example.org/"\ntag = 1',
        '[database]\nurl = ["hidden"]',
    ],
)
def test_a_fault_never_shows_a_secret(content):
    assert "hidden" not in str(refusal(content))


def test_a_file_that_is_not_utf_8_is_refused_with_the_mend():
    Path("config.toml").write_bytes('[fetch]\ncontact = "ä"'.encode("utf-16"))

    with pytest.raises(ConfigError, match="is not UTF-8; save the file as UTF-8"):
        load_settings(Path("config.toml"))


def test_a_byte_order_mark_is_no_fault():
    Path("config.toml").write_bytes(b"\xef\xbb\xbf[fetch]\ncontact = 'x'")

    assert load_settings(Path("config.toml")).fetch.contact == "x"


def test_a_folder_in_the_files_place_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


# ---- the environment


def test_the_environment_beats_the_file(monkeypatch):
    path = written('[fetch]\ntimeout = "10s"\ncontact = "file"')
    monkeypatch.setenv("MONITOR_FETCH__TIMEOUT", "20s")
    monkeypatch.setenv("monitor_fetch__pages_per_host", "7")

    fetch = load_settings(path).fetch

    assert (fetch.timeout.total_seconds(), fetch.pages_per_host, fetch.contact) == (20, 7, "file")


def test_the_environment_alone_is_enough(monkeypatch):
    monkeypatch.setenv("MONITOR_SMTP__HOST", "mail.example.org")
    monkeypatch.setenv("MONITOR_SMTP__FROM", "a@example.org")
    monkeypatch.setenv("MONITOR_SMTP__PASSWORD", "from-environment")

    smtp = load_settings(None).smtp

    assert smtp is not None
    assert (smtp.host, smtp.from_) == ("mail.example.org", "a@example.org")
    assert smtp.password is not None
    assert smtp.password.get_secret_value() == "from-environment"


@pytest.mark.parametrize("text", ["10.0.0.0/8, intranet", '["10.0.0.0/8", "intranet"]'])
def test_a_list_in_the_environment_is_parted_by_commas_or_json(text, monkeypatch):
    monkeypatch.setenv("MONITOR_FETCH__ALLOW_HOSTS", text)

    assert load_settings(None).fetch.allow_hosts == ("10.0.0.0/8", "intranet")


def test_an_empty_list_or_proxy_in_the_environment_is_none(monkeypatch):
    monkeypatch.setenv("MONITOR_FETCH__ALLOW_HOSTS", "")
    monkeypatch.setenv("MONITOR_FETCH__PROXY", "")
    path = written('[fetch]\nallow_hosts = ["intranet"]\nproxy = "http://proxy/"')

    fetch = load_settings(path).fetch

    assert (fetch.allow_hosts, fetch.proxy) == ((), None)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "MONITOR_FETCH__TIMEUOT",
            "1s",
            "there is no setting MONITOR_FETCH__TIMEUOT; did you mean 'MONITOR_FETCH__TIMEOUT'",
        ),
        ("MONITOR_FEEDS", "[]", "there is no setting MONITOR_FEEDS"),
        ("MONITOR_FEEDS__URL", "x", "there is no setting"),
        ("MONITOR_FETCH", "{}", "there is no setting MONITOR_FETCH"),
        ("MONITOR_DATABASE__URL__X", "x", "there is no setting"),
        ("MONITOR_FETCH__TIMEOUT", "20", "environment, [fetch] 'timeout': '20' is no duration"),
        ("MONITOR_EXTRACT__WORKERS", "two", "environment, [extract] 'workers': this is no whole number"),
        ("MONITOR_FETCH__ALLOW_HOSTS", "[x", "environment, [fetch] 'allow_hosts': '[x' is no list"),
        ("MONITOR_DIGEST__DAYS", "mon,tusday", "did you mean 'tuesday'"),
    ],
)
def test_a_fault_of_the_environment_is_named_as_such(name, value, said, monkeypatch):
    monkeypatch.setenv(name, value)

    error = str(refusal('[fetch]\ncontact = "x"'))

    assert said in error
    assert error.startswith("environment")


# ---- paths and secrets


def test_relative_paths_are_counted_from_the_files_folder(tmp_path):
    path = written(
        '[fetch]\nca_file = "own.pem"\n'
        '[[topics]]\nname = "x"\nprofile = "profiles/x.json"\nterms = ["y"]\n'
        '[[feeds]]\nurl = "https://example.org/"\ncookie_file = "/etc/cookies.txt"\nauth_file = "auth"',
        tmp_path / "etc" / "monitor.toml",
    )

    settings = load_settings(path)

    assert settings.database.url.get_secret_value() == f"sqlite:///{tmp_path / 'etc' / 'monitor.db'}"
    assert settings.fetch.ca_file == tmp_path / "etc" / "own.pem"
    assert settings.topics[0].profile == tmp_path / "etc" / "profiles" / "x.json"
    assert settings.feeds[0].cookie_file == Path("/etc/cookies.txt")
    assert settings.feeds[0].auth_file == tmp_path / "etc" / "auth"


def test_a_relative_path_of_the_environment_is_counted_from_where_the_program_runs(tmp_path, monkeypatch):
    path = written('[fetch]\nca_file = "own.pem"', tmp_path / "etc" / "monitor.toml")
    monkeypatch.setenv("MONITOR_FETCH__CA_FILE", "other.pem")
    monkeypatch.setenv("MONITOR_DATABASE__URL", "sqlite:///here.db")

    settings = load_settings(path)

    assert settings.fetch.ca_file == tmp_path / "other.pem"
    assert settings.database.url.get_secret_value() == f"sqlite:///{tmp_path / 'here.db'}"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/monitor.db",
        "sqlite:///:memory:",
        "postgresql+psycopg://user@host/name",
        "postgresql+psycopg:///name?host=/run/postgresql",
    ],
)
def test_any_other_database_url_stays_as_it_is(url):
    assert load_settings(written(f'[database]\nurl = "{url}"')).database.url.get_secret_value() == url


def test_a_tilde_in_a_path_is_the_users_home(tmp_path):
    path = written('[database]\nurl = "sqlite:///~/monitor.db"\n[fetch]\nca_file = "~/own.pem"')

    settings = load_settings(path)

    assert settings.database.url.get_secret_value() == f"sqlite:///{tmp_path / 'home' / 'monitor.db'}"
    assert settings.fetch.ca_file == tmp_path / "home" / "own.pem"


SMTP = '[smtp]\nhost = "x"\nfrom = "a@b.org"\nusername = "a"\n'


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path):
    written("postgresql://user:hidden@db/x\n", tmp_path / "url")
    written("hidden\nsecond line\n", tmp_path / "password")

    settings = load_settings(
        written(f'[database]\nurl_file = "url"\n{SMTP}password = "other"\npassword_file = "password"')
    )

    assert settings.database.url.get_secret_value() == "postgresql://user:hidden@db/x"
    assert settings.smtp is not None
    assert settings.smtp.password is not None
    assert settings.smtp.password.get_secret_value() == "hidden"


def test_a_secret_from_the_environment_beats_a_file_that_the_configuration_names(monkeypatch):
    monkeypatch.setenv("MONITOR_DATABASE__URL", "postgresql://db/environment")

    settings = load_settings(written('[database]\nurl_file = "missing"'))

    assert settings.database.url.get_secret_value() == "postgresql://db/environment"


def test_the_environment_may_name_the_secrets_file(tmp_path, monkeypatch):
    written("hidden", tmp_path / "secrets" / "password")
    monkeypatch.setenv("MONITOR_SMTP__PASSWORD_FILE", "secrets/password")

    smtp = load_settings(written(SMTP + 'password = "other"', tmp_path / "etc" / "config.toml")).smtp

    assert smtp is not None
    assert smtp.password is not None
    assert smtp.password.get_secret_value() == "hidden"


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), (b"\n", "is empty"), (b"\xff\xfe\x00", "not text")]
)
def test_a_secrets_file_that_gives_no_secret_is_a_fault_of_the_configuration(content, said):
    if content is not None:
        Path("secret").write_bytes(content)

    error = str(refusal('[database]\nurl_file = "secret"'))

    assert error.startswith("config.toml, [database] 'url_file'")
    assert said in error
