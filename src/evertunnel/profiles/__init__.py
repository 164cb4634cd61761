"""What devices install, for our own Linux agent: `device` and `user`, a profile each; `tunnel` is what both say."""
