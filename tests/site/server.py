"""Serve a folder as a plain static host does: compressed text, right types, some minutes in the reader's cache."""

import gzip
import http.server
import mimetypes
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".ipynb": "application/x-ipynb+json"}
COMPRESSED = ("text/", "image/svg+xml", "application/json", "application/xml", "application/x-ipynb+json")
LEVEL = 6  # what hosts choose


def media_type(path: Path) -> str:
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


class Host(http.server.BaseHTTPRequestHandler):
    """Answers from `folder`; each file is compressed once and kept."""

    protocol_version = "HTTP/1.1"  # a connection is used again, as everywhere
    folder: Path
    kept: dict

    def log_message(self, *_args) -> None:
        pass

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = (self.folder / unquote(urlsplit(self.path).path).lstrip("/")).resolve()
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file() and path.is_relative_to(self.folder)
        kind = media_type(path) if found else "text/plain; charset=utf-8"
        zipped = found and kind.startswith(COMPRESSED) and "gzip" in self.headers.get("Accept-Encoding", "")
        content = self.content(path, zipped) if found else b"There is no such file.\n"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Cache-Control", "max-age=600")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def content(self, path: Path, zipped: bool) -> bytes:
        if not zipped:
            return path.read_bytes()
        if path not in self.kept:
            self.kept[path] = gzip.compress(path.read_bytes(), LEVEL)
        return self.kept[path]


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_args) -> None:
        """A browser that leaves in the middle of an answer is no error of ours."""


@contextmanager
def serve(folder: Path):
    """Serve `folder` on this machine alone for as long as the block lasts; gives the address."""
    handler = type("Here", (Host,), {"folder": Path(folder).resolve(), "kept": {}})
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
