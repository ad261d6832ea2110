"""Many clips: what is to be done with which, by whom, and what became of it; uses the pipeline's jobs as they
are.

inputs, lists, naming -> plan (with records of earlier runs) -> run, which feeds an engine (pool, Ray) and
writes records -> status, page.
"""
