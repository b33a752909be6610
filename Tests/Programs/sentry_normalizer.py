"""Passes the events of Sentry's envelopes to Sentry's own normalizer, and prints its remarks.

    sentry_normalizer.py ENVELOPE...
"""

import json
import sys

from sentry_relay.processing import StoreNormalizer

failed = False
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        envelope = json.loads(file.readline())
        item = json.loads(file.readline())
        payload = file.read(item["length"])
        rest = file.read()
    sent = json.loads(payload)
    event = StoreNormalizer(project_id=1).normalize_event(raw_event=payload.decode())
    remarks = event.get("_meta")
    if remarks or rest != b"\n" or item["type"] != "event" or envelope["event_id"] != sent["event_id"]:
        failed = True
        print(path, json.dumps(remarks), repr(rest), item, envelope, file=sys.stderr)
    for key in ("exception", "environment", "release", "contexts", "server_name", "sdk", "transaction", "request", "user", "extra"):
        found = event.get(key) or dict(event.get("tags") or []).get(key)
        if sent.get(key) and not found:
            failed = True
            print(path, key, "was lost:", sent[key], file=sys.stderr)
sys.exit(failed)
