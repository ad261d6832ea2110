"""Owns an attack on the command line: inputs are damaged by chance, tools fail, runs are killed.

`python -m tests.attack --cases 2000 --kills 200 --seed 7` says what went wrong; one case again:
`python -m tests.attack --seed 7 --only 1234`.
"""
