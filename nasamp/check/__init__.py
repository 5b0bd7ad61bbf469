"""The check app: reports whether a recording can be trained on, as a table, a report and a picture."""
