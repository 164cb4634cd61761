"""The command line: one file per verb, `main.VERBS` the table of them.

A verb module has `configure(parser)` and `run(arguments) -> int`. Only this package prints, and only here do errors
become exit codes: 2 for wrong input, 1 for what failed.
"""
