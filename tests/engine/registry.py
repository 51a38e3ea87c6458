"""A registry with one image, for engines that are to pull: ``python registry.py PORT ARCHIVE`` serves the image whose only layer is a tar archive.

No more of the protocol (distribution/spec, api.md) than a pull asks for: the manifest, the image's configuration and its layer.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def digest(content: bytes) -> str:
    """How a registry names a content."""
    return f"sha256:{sha256(content).hexdigest()}"


def contents(layer: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The manifest of an image with one layer, and everything else by digest."""
    machine = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}
    configuration = json.dumps(machine).encode()
    parts = {
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(configuration), "digest": digest(configuration)},
        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(layer), "digest": digest(layer)}],
    }
    manifest = json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, **parts}).encode()
    return manifest, {digest(one): one for one in (layer, configuration, manifest)}


class Handler(BaseHTTPRequestHandler):
    """Answers a pull."""

    manifest: bytes
    contents: dict[str, bytes]

    def do_GET(self) -> None:
        """A manifest by tag, or anything by digest; the root says that it is a registry."""
        last = self.path.rpartition("/")[2]
        found = b"{}" if not last else self.contents.get(last) or (self.manifest if "/manifests/" in self.path and ":" not in last else None)
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", _MANIFEST if "/manifests/" in self.path else "application/octet-stream")
        self.send_header("Content-Length", str(len(found or b"")))
        self.send_header("Docker-Content-Digest", digest(found or b""))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(found or b"")

    do_HEAD = do_GET


if __name__ == "__main__":
    Handler.manifest, Handler.contents = contents(Path(sys.argv[2]).read_bytes())
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print("ready", flush=True)
    server.serve_forever()
