"""Our own words: what a webhook, a Kafka message or a mail of ours says."""

import json

from waystation.domains.notify.entities import Facts, Letter

_LEFT_OUT = frozenset({"callback", "dialect", "owner_id", "about", "after_s"})


def slack(topic: str, facts: Facts) -> Letter:
    """The facts as one line of a chat: what an incoming webhook of Slack takes.

    Source: docs.slack.dev, "Sending messages using incoming webhooks"; `&`, `<` and `>` are its
    control characters.
    """
    plain = own(topic, facts)
    words = str(facts.get("words", ""))
    text = f"{plain.subject}. {words}" if words else plain.subject
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, name)
    return Letter(body=json.dumps({"text": text}), subject=plain.subject)


def own(topic: str, facts: Facts) -> Letter:
    """The facts as a JSON document, with one line for people."""
    told = {name: value for name, value in facts.items() if name not in _LEFT_OUT}
    about = str(facts.get("about", topic))
    state = str(facts.get("state", ""))
    return Letter(
        body=json.dumps({"event": topic, **told}, separators=(",", ":"), sort_keys=True),
        subject=f"{about}: {state}" if state else about,
    )
