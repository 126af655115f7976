"""The playground: GraphiQL on our own address, signed in with a token typed into the page.

`make playground` copies GraphiQL's files beside this module, and the page then needs no network.
Without them the browser fetches the same files from a CDN, each checked against its hash.
"""

import html
import json
from pathlib import Path
from string import Template
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

_HERE = Path(__file__).parent
_BUNDLE = _HERE / "graphiql"
_CDN = "https://cdn.jsdelivr.net"

# Inline styles: GraphiQL's editor sizes its lines with them.
_POLICY = (
    "default-src 'none'; script-src 'self'{cdn}; style-src 'self' 'unsafe-inline'{cdn}; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _File(NamedTuple):
    """One published file of GraphiQL, and the hash that proves it is that file."""

    name: str
    package: str
    version: str
    path: str
    integrity: str

    def tag(self, root: str, *, bundled: bool) -> str:
        """Write the element that loads this file."""
        if bundled:
            address, proof = f"{root}/playground/graphiql/{self.name}", ""
        else:
            address = f"{_CDN}/npm/{self.package}@{self.version}/{self.path}"
            proof = f' integrity="{self.integrity}" crossorigin="anonymous"'
        address = html.escape(address)
        if self.name.endswith(".css"):
            return f'<link rel="stylesheet" href="{address}"{proof}>'
        return f'<script src="{address}"{proof} defer></script>'


class Playground:
    """The playground's page and the files it loads; looks for the bundle at each opening."""

    def __init__(self, bundle: Path = _BUNDLE) -> None:
        entries = json.loads((_HERE / "graphiql.json").read_text())
        self._files = [_File(**entry) for entry in entries]
        self._bundle = bundle
        self._template = Template((_HERE / "playground.html").read_text())

    @property
    def bundled(self) -> bool:
        """Tell whether `make playground` has put every file here."""
        return all((self._bundle / file.name).is_file() for file in self._files)

    def page(self, request: Request) -> Response:
        """Answer a browser that opens the GraphQL address."""
        root = request.scope.get("root_path", "")
        bundled = self.bundled
        tags = "\n    ".join(file.tag(root, bundled=bundled) for file in self._files)
        content = self._template.substitute(root=html.escape(root), graphiql=tags)
        policy = _POLICY.format(cdn="" if bundled else f" {_CDN}")
        return HTMLResponse(
            content,
            headers={
                "Cache-Control": "no-cache",
                "Content-Security-Policy": policy,
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def routes(self) -> list[BaseRoute]:
        """List the routes of the files that the page loads."""
        bundle = StaticFiles(directory=self._bundle, check_dir=False)
        bundle.config_checked = True  # its folder may be made later: until then nothing is found
        return [
            Mount("/playground/page", StaticFiles(directory=_HERE / "static")),
            Mount("/playground/graphiql", bundle),
        ]
