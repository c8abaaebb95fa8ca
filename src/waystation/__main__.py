"""`python -m waystation`, and the `waystation` command."""

from waystation.bootstrap import collector

collector.seldom()

from waystation.bootstrap.cli import main  # noqa: E402 - after the collector was calmed

if __name__ == "__main__":
    main()
