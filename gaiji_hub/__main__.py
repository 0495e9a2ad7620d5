"""`python -m gaiji_hub` is the same as `gaiji-hub`."""

from gaiji_hub.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
