"""The rules, one file each: a docstring that is the rule's page, a ``RULE`` constant and a ``check`` function.

Patterns are plain texts, which ``re`` compiles and keeps when they are first used: most projects need few of them, and all rules are loaded.
"""
