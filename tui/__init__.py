"""The assistant on a full screen: a shell over ``batten.session`` that asks what ``wizards`` asks and shows what each decision does."""
