"""`python -m waystation`, and the `waystation` command."""

from waystation.bootstrap.cli import main

if __name__ == "__main__":
    main()
