"""Differences that are found quickly are true, and no longer than those found slowly."""

from __future__ import annotations

import random
from difflib import SequenceMatcher

import pytest

from batten.report.differences import grouped, opcodes
from batten.report.veil import Veil


def changed(seed: int) -> tuple[list[str], list[str]]:
    """Lines, many of them more than once, and the same with some taken away, replaced and added."""
    chance = random.Random(seed)
    old = [chance.choice(["image:", "ports:", "", f"name {number}"]) for number in range(chance.randint(0, 60))]
    new = [line for line in old if chance.random() < 0.9]
    for _ in range(chance.randint(0, 8)):
        new.insert(chance.randint(0, len(new)), chance.choice(["image:", "new", "cap_drop:", f"name {chance.randint(0, 60)}"]))
    return old, new


@pytest.mark.parametrize("seed", range(80))
def test_what_differs_turns_the_old_into_the_new(seed: int) -> None:
    old, new = changed(seed)
    made: list[str] = []
    at = 0
    for tag, start, end, new_start, new_end in opcodes(old, new):
        assert (start, new_start) == (at, len(made)), "nothing is left out"
        assert (tag == "equal") == (old[start:end] == new[new_start:new_end])
        made += old[start:end] if tag == "equal" else new[new_start:new_end]
        at = end
    assert (made, at) == (new, len(old))


def test_nothing_differs_between_equal_texts() -> None:
    assert grouped(["a", "b"], ["a", "b"], 3) == grouped([], [], 3) == []


def test_lines_around_a_difference_are_counted_as_everywhere() -> None:
    old = [f"line {number}" for number in range(30)]
    new = [*old[:10], "more", *old[10:]]
    assert grouped(old, new, 3) == list(SequenceMatcher(None, old, new).get_grouped_opcodes(3))


class TestVeil:
    def test_the_longer_of_two_secrets_is_masked_whole(self) -> None:
        assert Veil(["hunter2", "hunter2-and-more"])("a hunter2-and-more b hunter2") == "a •••••••• b ••••••••"

    def test_short_and_long_values_are_found_side_by_side(self) -> None:
        assert Veil(["abc", "abcdefghij"])("abcabcdefghij ab") == "•••••••••••••••• ab"
