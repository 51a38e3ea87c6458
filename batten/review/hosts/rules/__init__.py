"""One file a rule about a host: the docstring is its page, ``RULE`` what is fixed
about it, ``check(host)`` finds."""
