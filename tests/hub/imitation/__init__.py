"""An imitation of a model hub on loopback, for tests. Python's standard library only.

As a program, started in tests/hub:    python3 -m imitation [--folder ORG/NAME=FOLDER]... [--xet] [--log FILE]
Its first line of output is JSON with the addresses: {"hub": "http://127.0.0.1:1", "cdn": "http://localhost:2",
"stranger": "http://127.0.0.1:3"}. It ends with its standard input. Without --folder it serves "acme/tiny".

In a Python test:    with Imitation() as hub: repository = hub.add("acme/tiny"); repository.put("a", b"1"); repository.commit()

From another process: POST JSON to /_test/WHAT of the hub, see Imitation.command(); GET /_test/log is the list of requests.

Tokens: "hf_reader" may read everything, "hf_stranger" is a good one of somebody else, all others are unknown.
"""
import hashlib
import json
import threading
import time
from http.server import ThreadingHTTPServer

from .api import HubHandler
from .cdn import CdnHandler, StrangerHandler
from .faults import Faults
from .hostile import HOSTILE
from .repositories import Repository, from_folder

QUOTAS = {"api": (1000, 300), "resolvers": (5000, 300)}  # requests, seconds


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Imitation:
    def __init__(self, log_file=None):
        self.repositories, self.faults, self.log = {}, Faults(), []
        self.strict_tokens = False  # an unknown token is refused for public repositories, too
        self.signature_seconds = 3600
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.log_file = log_file
        self.quotas, self.windows = dict(QUOTAS), {}
        self.servers, self.addresses = [], {}
        for handler, host in ((HubHandler, "127.0.0.1"), (CdnHandler, "localhost"), (StrangerHandler, "127.0.0.1")):
            server = Server(("127.0.0.1", 0), type(handler.__name__, (handler,), {"hub": self}))
            self.servers.append(server)
            self.addresses[handler.server_name] = f"http://{host}:{server.server_address[1]}"

    def __enter__(self):
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()

    @property
    def url(self):
        return self.addresses["hub"]

    def add(self, name):
        self.repositories[name] = Repository(name)
        return self.repositories[name]

    def add_folder(self, name, folder, xet=False):
        self.repositories[name] = from_folder(name, folder, xet)
        return self.repositories[name]

    def stored(self):
        for repository in list(self.repositories.values()):
            for files in list(repository.commits.values()):
                yield from files.values()

    def record(self, entry):
        with self.lock:
            self.log.append(entry)
            if self.log_file:
                print(json.dumps(entry), file=self.log_file, flush=True)

    def signature(self, name, ends):
        return hashlib.sha256(f"{name} {ends}".encode()).hexdigest()[:16]

    def left(self, kind):
        """Requests left in this window, seconds until the next, and the quota."""
        quota, window = self.quotas[kind]
        began, used = self.windows.get(kind, (time.monotonic(), 0))
        return max(0, quota - used), max(0, int(began + window - time.monotonic() + 1)), quota, window

    def count(self, kind):
        """Counts a request; False if it is one too many."""
        with self.lock:
            quota, window = self.quotas[kind]
            began, used = self.windows.get(kind, (time.monotonic(), 0))
            if time.monotonic() > began + window:
                began, used = time.monotonic(), 0
            self.windows[kind] = (began, used + 1)
            return used < quota

    def command(self, what, body):
        """What another process may ask for. Returns the answer."""
        if what == "fault":  # a rule of faults.py
            self.faults.add(**body)
        elif what == "hostile":  # {"name": one of hostile.py, "repository": ...}
            HOSTILE[body["name"]](self, self.repositories[body["repository"]])
        elif what == "reset":  # no faults, an empty log, fresh windows
            self.faults.clear()
            self.log.clear()
            self.windows.clear()
            self.quotas, self.strict_tokens, self.signature_seconds = dict(QUOTAS), False, 3600
        elif what == "repository":  # {"name": ..., "private": true, ...}: sets fields, adds it if it is new
            repository = self.repositories.get(body["name"]) or self.add(body["name"])
            vars(repository).update(body)
        elif what == "put":  # {"repository": ..., "path": ..., "text": ..., "branch": "main"}: a new commit
            repository = self.repositories[body["repository"]]
            repository.put(body["path"], body["text"].encode(), lfs=body.get("lfs"))
            return {"commit": repository.commit(body.get("branch", "main"))}
        elif what == "hub":  # {"strict_tokens": true, "signature_seconds": 1, "quotas": {"api": [3, 2], ...}}
            self.quotas.update({kind: tuple(quota) for kind, quota in body.pop("quotas", {}).items()})
            vars(self).update(body)
        else:
            raise ValueError(what)
        return {}


def add_tiny(hub, name="acme/tiny", xet=False):
    """A small repository with one of everything: a dot file, a folder with a blank, an empty file, a large file."""
    repository = hub.add(name)
    repository.put(".gitattributes", b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n")
    repository.put("README.md", b"---\nlicense: apache-2.0\n---\n# tiny\n")
    repository.put("config.json", b'{"model_type": "tiny"}\n')
    repository.put("empty.txt", b"")
    repository.put("sub dir/notes.txt", b"in a folder whose name has a blank\n")
    repository.put("model.safetensors", bytes((index * 41 + 7) % 253 for index in range(400_000)), xet=xet)
    repository.commit()
    return repository
