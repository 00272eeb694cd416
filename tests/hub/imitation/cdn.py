"""The servers that large files are redirected to: another origin, which must never see a token."""
from urllib.parse import parse_qs, urlsplit
import time

from . import xet
from .wire import Handler


class CdnHandler(Handler):
    server_name = "cdn"

    def serve(self):
        url = urlsplit(self.path)
        kind, _, name = url.path.strip("/").rpartition("/")
        query = parse_qs(url.query)
        for stored in self.hub.stored():
            if kind == "files" and name == stored.sha256:
                if query.get("Signature") != [self.hub.signature(name, query.get("Expires", [""])[0])]:
                    return self.denied("SignatureDoesNotMatch")
                if float(query["Expires"][0]) < time.time():
                    return self.denied("Request has expired")
                return self.send_stored(stored, {"ETag": f'"{stored.sha256}"', "Accept-Ranges": "bytes"})
            if stored.xet and name == stored.xet:
                return xet.serve(self, kind, stored)
        return self.denied("NoSuchKey", 404)

    def denied(self, code, status=403):
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
        self.answer(status, body.encode(), kind="application/xml")


class StrangerHandler(Handler):
    """The same host name as the hub at another port: nobody whom the token concerns either."""

    server_name = "stranger"

    def serve(self):
        self.answer(200, b"a stranger's answer")
