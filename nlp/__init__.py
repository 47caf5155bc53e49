"""MESSAGES in, ANNOTATIONS out: tokens, and a label with score and evidence from every head."""

OWNER = "nuanqun"
