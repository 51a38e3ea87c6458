"""The rules, one file each: a docstring that is the rule's page, a ``RULE`` constant and a ``check`` function."""
