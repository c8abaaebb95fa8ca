"""`python -m waystation_client.act`."""

from waystation_client.act.commands import main

if __name__ == "__main__":
    main()
