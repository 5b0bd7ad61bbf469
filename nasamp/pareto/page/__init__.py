"""report.html: the search as one page that needs no network, for a guitarist, a developer and a researcher."""
