"""What the server does beside its pages: health, correlation ids, the log of requests."""
