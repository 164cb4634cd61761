"""The built-in directory (AD DS): computers, groups, nested membership.

`model` holds the nouns, `records` the rows; `render`, `diff` and `engine` bring in the groups and hosts that the plan
names. Knows nothing of certificates or tunnels.
"""
