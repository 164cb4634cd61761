"""One file per process that runs beside the engines; each joins domains and decides nothing that they can decide."""
