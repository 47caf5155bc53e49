"""`python -m nuanqun` is the command line."""

from nuanqun.cli import main

main()
