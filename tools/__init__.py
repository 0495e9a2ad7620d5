"""The project's own gates and set-up steps."""
