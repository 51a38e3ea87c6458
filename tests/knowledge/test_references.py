"""Image references, taken apart."""

from __future__ import annotations

import pytest

from batten.knowledge.references import parse, version


class TestNames:
    @pytest.mark.parametrize(
        "image", ["postgres", "postgres:16", "docker.io/library/postgres:16-alpine", "index.docker.io/postgres", "library/postgres@sha256:" + "0" * 64]
    )
    def test_the_many_ways_to_write_an_official_image(self, image: str) -> None:
        assert (parse(image).registry, parse(image).name) == ("", "postgres")

    def test_a_mirror_of_official_images_is_the_same_publisher(self) -> None:
        assert parse("public.ecr.aws/docker/library/redis:7").full == "redis"

    def test_a_port_in_the_registry_is_no_tag(self) -> None:
        reference = parse("localhost:5000/shop/api")
        assert (reference.registry, reference.name, reference.tag) == ("localhost:5000", "shop/api", "")

    def test_a_bare_name_in_somebodys_registry_may_be_anything(self) -> None:
        assert not parse("registry.shop.example/postgres:16").from_publisher
        assert parse("ghcr.io/valkey-io/valkey").from_publisher

    def test_text_that_is_no_reference_does_no_harm(self) -> None:
        for text in ("", ":", "@", "a:b:c", "[evil]/../x", " nginx "):
            parse(text)


class TestVersions:
    @pytest.mark.parametrize(("tag", "expected"), [("2.7-alpine", (2, 7)), ("v1.10.3", (1, 10, 3)), ("latest", None), ("", None), ("16rc1", None)])
    def test_the_leading_number_counts(self, tag: str, expected: tuple[int, ...] | None) -> None:
        assert version(tag) == expected
