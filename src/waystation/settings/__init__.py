"""Every setting once: typed, documented, frozen; the only reader of the environment.

A room a subject; `whole` is all of them, read from one file and the environment.
"""

from waystation.settings.whole import Settings, config_path, current, environment, name_database

__all__ = ["Settings", "config_path", "current", "environment", "name_database"]
