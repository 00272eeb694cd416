"""What the servers of the imitation have in common: the log of requests, faults, answers and bodies with ranges."""
import gzip
import json
import re
import time
from http.server import BaseHTTPRequestHandler

BODY_PART_BYTES = 1 << 16


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    hub = None  # the imitation
    server_name = "?"
    fault = {}
    entry = None

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            pass  # the client went away

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.fault = {}
        if self.path.startswith("/_test/"):
            self.entry = None
            return self.control()
        line = f"{self.server_name} {self.command} {self.path}"
        self.fault = self.hub.faults.take(line)
        self.entry = {"server": self.server_name, "method": self.command, "path": self.path,
                      "headers": {name.lower(): value for name, value in self.headers.items()}}
        if "delay" in self.fault:
            time.sleep(self.fault["delay"])
        if "location" in self.fault:
            return self.answer(302, b"Found", {"Location": self.fault["location"].format(**self.hub.addresses)})
        if "status" in self.fault:
            body = self.fault.get("json", self.fault.get("body", ""))
            return self.answer(self.fault["status"], body.encode() if isinstance(body, str) else body)
        return self.serve()

    def control(self):
        self.answer(404, b"")

    def serve(self):
        self.answer(404, b"")

    def head(self, status, headers, length):
        headers = dict(headers)
        if length is not None:
            headers["Content-Length"] = str(length)
        for name, value in self.fault.get("headers", {}).items():
            for known in [known for known in headers if known.lower() == name.lower()]:
                del headers[known]
            headers[name] = value
        dropped = {name.lower() for name in self.fault.get("drop", ())}
        if self.entry is not None:
            self.entry["status"] = status
            self.hub.record(self.entry)
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in dropped:
                self.send_header(name, value)
        self.end_headers()

    def answer(self, status, body=b"", headers=None, kind="text/plain; charset=utf-8"):
        if not isinstance(body, bytes):
            body, kind = json.dumps(body).encode(), "application/json; charset=utf-8"
        headers = {"Content-Type": kind, **(headers or {})}
        if "gzip" in self.fault:
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        if "endless" in self.fault:
            return self.endless(headers)
        self.head(status, headers, len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def endless(self, headers):
        self.head(200, {**headers, "Connection": "close"}, None)
        self.close_connection = True
        while not self.hub.stopping.is_set():
            self.wfile.write(b" " * BODY_PART_BYTES)

    def range(self, size):
        """(begin, end) of the bytes that are asked for, None for all."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not wanted or "ignore_range" in self.fault:
            return None
        return int(wanted[1]), min(int(wanted[2]) + 1 if wanted[2] else size, size)

    def send_stored(self, stored, headers):
        """A file as a body, with everything that can go wrong."""
        fault = self.fault
        if fault.get("endless") or fault.get("gzip"):
            return self.answer(200, b"".join(stored.parts()), headers)
        size = stored.size - fault.get("shorter", 0) + fault.get("longer", 0)
        wanted, status, begin, end = self.range(size), 200, 0, size
        if wanted:
            (begin, end), status = wanted, 206
            if begin >= size:
                return self.answer(416, b"", {"Content-Range": f"bytes */{size}"})
            shown = begin + fault.get("wrong_range", 0)
            headers = {**headers, "Content-Range": f"bytes {shown}-{shown + end - begin - 1}/{size}"}
        self.head(status, {"Content-Type": "application/octet-stream", **headers}, end - begin)
        if self.command != "HEAD":
            self.body(stored, begin, end)

    def body(self, stored, begin, end):
        fault = self.fault
        stop = min(end, begin + fault.get("cut", end), begin + fault.get("stall", end))
        plain = not fault.keys() & {"rate", "flip"} and stop <= stored.size
        if plain and stored.path is not None and stop > begin:
            self.wfile.flush()
            with open(stored.path, "rb") as file:
                self.connection.sendfile(file, begin, stop - begin)
        elif stop > begin:
            self.slowly(stored, begin, stop)
        if stop == end:
            return
        if "stall" in fault:
            self.hub.stopping.wait(fault.get("stall_seconds", 60))
        self.close_connection = True
        self.connection.shutdown(2)

    def slowly(self, stored, begin, end):
        """Piece by piece, where bytes are changed or time is spent."""
        at, flip, rate = begin, self.fault.get("flip"), self.fault.get("rate")
        filler = [b"\0" * max(0, end - max(begin, stored.size))]
        for parts in (stored.parts(begin, min(end, stored.size)), filler):
            for part in parts:
                for first in range(0, len(part), BODY_PART_BYTES):
                    piece = part[first:first + BODY_PART_BYTES]
                    if flip is not None and at <= flip < at + len(piece):
                        piece = bytearray(piece)
                        piece[flip - at] ^= 1
                    self.wfile.write(piece)
                    at += len(piece)
                    if rate:
                        time.sleep(len(piece) / rate)
