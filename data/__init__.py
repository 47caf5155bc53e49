"""Lexicons, the topic taxonomy and the demo export. No code."""

OWNER = "nuanqun"
