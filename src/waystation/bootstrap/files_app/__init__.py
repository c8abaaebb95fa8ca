"""An app for other people's Django projects: their file fields keep files in a space.

    INSTALLED_APPS = [..., "waystation.bootstrap.files_app"]

It reads Waystation's own settings (`WAYSTATION_CONFIG`, `postgres.dsn` above all) and runs beside
the service, on the same database; migrations and tables of the project are not touched.
"""
