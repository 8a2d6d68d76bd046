"""Renderings of a frozen report; no arithmetic here."""
