"""The settings: one TOML file, overlaid by the environment.

Each part gets its own section as an argument; only layer 5 loads.
"""

from monitor.config.load import find_config, load_settings
from monitor.config.settings import (
    DatabaseSection,
    DigestSection,
    ExtractSection,
    FeedSection,
    FetchSection,
    RecipientSection,
    ScheduleSection,
    Settings,
    SmtpSection,
    TopicSection,
)

__all__ = [
    "DatabaseSection",
    "DigestSection",
    "ExtractSection",
    "FeedSection",
    "FetchSection",
    "RecipientSection",
    "ScheduleSection",
    "Settings",
    "SmtpSection",
    "TopicSection",
    "find_config",
    "load_settings",
]
