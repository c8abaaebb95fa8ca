"""What forms offer: (value, words), in the order shown."""

DAY_S = 86_400
USUAL_PIN_S = 7 * DAY_S

LIFETIMES = (
    (DAY_S, "1 day"),
    (3 * DAY_S, "3 days"),
    (USUAL_PIN_S, "1 week"),
    (14 * DAY_S, "2 weeks"),
    (30 * DAY_S, "30 days"),
    (90 * DAY_S, "90 days"),
)
USUAL_PRIORITY = 4
PRIORITIES = (
    (7, "before my other requests"),
    (USUAL_PRIORITY, "as usual"),
    (1, "when there is time"),
)
WHICH_REQUESTS = (("all", "All"), ("active", "Being staged"), ("ended", "Ended"))
WHICH_DELIVERIES = (
    ("all", "All"),
    ("pending", "Waiting"),
    ("sent", "Heard"),
    ("dead", "Given up"),
)
TOKEN_DAYS = (
    (30, "30 days"),
    (90, "90 days"),
    (365, "a year"),
    (0, "until I revoke it"),
)
USUAL_TOKEN_DAYS = 90
JOB_HOURS = (
    (1, "1 hour"),
    (12, "12 hours"),
    (24, "1 day"),
    (72, "3 days"),
    (168, "a week"),
    (720, "30 days"),
)
USUAL_JOB_HOURS = 12
VERBS = (
    ("read", "read files"),
    ("list", "list folders"),
    ("create", "put new files"),
    ("modify", "replace files"),
    ("delete", "delete"),
)
LINK_DAYS = (
    (1, "1 day"),
    (7, "a week"),
    (30, "30 days"),
    (90, "90 days"),
    (365, "a year"),
    (0, "until it is revoked"),
)
USUAL_LINK_DAYS = 7
SCOPES = (
    ("read", "look and fetch: requests, files, the tape queue"),
    ("stage", "stage, cancel, release"),
    ("write", "put, change and delete files"),
    ("run", "run jobs and stop them"),
)
USUAL_SCOPES = ("read", "stage")
