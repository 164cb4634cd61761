"""The scripts' texts: whole scripts (device, user, remove, startup, detect) and their parts. Windows PowerShell 5.1."""
