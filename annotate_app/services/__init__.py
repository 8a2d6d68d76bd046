"""Use cases, each a function whose first argument is the Desk."""
