"""The plan file: `load` for text to Plan, `checks` for what no single section can see, `schema` for editors.

One file per section. Knows nothing of engines. `Plan` is the user's wish and is never written to.
"""
