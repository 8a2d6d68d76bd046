"""One view per page; a view draws."""
