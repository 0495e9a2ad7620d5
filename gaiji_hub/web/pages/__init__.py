"""The pages staff read (docs/screens.md): server-rendered, usable without script and by keyboard."""
