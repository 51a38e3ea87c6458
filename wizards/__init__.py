"""What batten asks, one file a step: the questions as data and what an answer does to the design. Screens and the plain mode render them."""
