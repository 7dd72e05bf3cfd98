"""python -m cobrex."""

from cobrex.cli.main import main

main()
