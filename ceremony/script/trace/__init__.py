"""What performing something leaves in the record, declared once as a small grammar over the kinds of event."""
