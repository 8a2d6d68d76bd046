"""The example study: an invented company's support assistant, with simulated raters; shipped with the app."""
