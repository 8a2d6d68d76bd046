"""How many people one server bears: simulated raters with real page sessions, at a human pace."""
