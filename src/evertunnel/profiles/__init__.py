"""What devices install: one module per kind of client. `device` is our own Linux agent's profile."""
