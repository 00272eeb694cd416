"""The hub itself: what is asked of it about repositories, and where their files are."""
import hashlib
import json
import time
from urllib.parse import parse_qs, quote, unquote, urlsplit

from .repositories import READER, TOKENS
from .wire import Handler


class HubHandler(Handler):
    server_name = "hub"

    def serve(self):
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        # Names have one part or two; what follows them tells which.
        for words in (2, 1):
            name = "/".join(parts[2:2 + words])
            if parts[:2] == ["api", "models"] and len(parts) >= 2 + words and name in self.hub.repositories:
                return self.api(name, parts[2 + words:], parse_qs(url.query, keep_blank_values=True))
            rest = parts[3 + words:]
            if parts[:3] == ["api", "resolve-cache", "models"] and "/".join(parts[3:3 + words]) in self.hub.repositories:
                return self.resolve("/".join(parts[3:3 + words]), rest[0], "/".join(rest[1:]), cached=True)
            if len(parts) >= words + 3 and parts[words] == "resolve":
                return self.resolve("/".join(parts[:words]), parts[words + 1], "/".join(parts[words + 2:]))
        if parts[:2] == ["api", "models"] and len(parts) >= 3:
            return self.visible("/".join(parts[2:4]), files=False)
        return self.refuse(404, None, "Sorry, we can't find the page you are looking for.")

    def refuse(self, status, code, message, more=None):
        headers = {"X-Error-Message": message, **self.limits("api"), **(more or {})}
        if code:
            headers["X-Error-Code"] = code
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="Authentication required", charset="UTF-8"'
        self.answer(status, {"error": message}, headers)

    def limits(self, kind):
        left, seconds, quota, window = self.hub.left(kind)
        return {"RateLimit": f'"{kind}";r={left};t={seconds}', "X-Request-Id": "Root=1-0-imitation",
                "RateLimit-Policy": f'"fixed window";"{kind}";q={quota};w={window}'}

    def within_limits(self, kind):
        if self.hub.count(kind):
            return True
        self.answer(429, {"error": "We had to rate limit you."}, self.limits(kind))
        return False

    def visible(self, name, files):
        """The repository if this caller may see it and, for files, read them; else None, and it was answered."""
        repository = self.hub.repositories.get(name)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        known, reader = token in TOKENS, token == READER
        if token and not known and self.hub.strict_tokens:
            return self.refuse(401, None, "Invalid credentials in Authorization header")
        if repository is None or (repository.private and not reader):
            if known:
                return self.refuse(404, "RepoNotFound", "Repository not found")
            return self.refuse(401, None, "Invalid username or password.")
        if repository.moved_to:
            place = self.path.replace(name, repository.moved_to, 1)
            return self.answer(307, b"Temporary Redirect", {"Location": place, **self.limits("api")})
        if repository.disabled:
            return self.refuse(403, None, "Access to this resource is disabled.")
        if files and repository.gated and not reader:
            text = f"Access to model {name} is restricted"
            if known:
                return self.refuse(403, "GatedRepo", f"{text} and you are not in the authorized list.")
            return self.refuse(401, "GatedRepo", f"{text}. You must have access to it and be authenticated to access it.")
        return repository

    def api(self, name, rest, query):
        if not self.within_limits("api"):
            return None
        repository = self.visible(name, files=False)
        if repository is None:
            return None
        what, revision = rest[0] if rest else "revision", rest[1] if len(rest) > 1 else "main"
        if what == "refs":
            return self.references(repository)
        commit = repository.find(revision)
        if commit is None:
            return self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if what == "revision":
            return self.revision(repository, commit, query)
        if what == "tree":
            return self.tree(repository, commit, query)
        if what == "xet-read-token":
            ends, store = int(time.time()) + 3600, self.hub.addresses["cdn"]
            return self.answer(200, {"casUrl": store, "exp": ends, "accessToken": "chunks"}, {
                "X-Xet-Cas-Url": store, "X-Xet-Token-Expiration": str(ends), "X-Xet-Access-Token": "chunks"})
        return self.refuse(404, None, "Not found")

    def references(self, repository):
        answer = {"converts": []}
        for kind, place, names in (("branches", "heads", repository.branches), ("tags", "tags", repository.tags)):
            answer[kind] = [{"name": name, "ref": f"refs/{place}/{name}", "targetCommit": commit}
                            for name, commit in names.items()]
        self.answer(200, answer, self.limits("api"))

    def revision(self, repository, commit, query):
        siblings = []
        for path, file in repository.commits[commit].items():
            sibling = {"rfilename": path}
            if "blobs" in query:
                sibling.update(size=file.size, blobId=file.oid)
                if file.lfs:
                    sibling["lfs"] = {"sha256": file.sha256, "size": file.size, "pointerSize": file.pointer_size}
            siblings.append(sibling)
        answer = {"_id": "0", "id": repository.name, "modelId": repository.name, "sha": commit,
                  "private": repository.private, "gated": "auto" if repository.gated else False, "disabled": False,
                  "siblings": siblings, "tags": [], "downloads": 1, "likes": 0,
                  "createdAt": "2026-02-01T00:00:00.000Z", "lastModified": "2026-02-01T00:00:00.000Z"}
        if repository.card:
            answer["cardData"] = repository.card
            answer["tags"].append(f"license:{repository.card.get('license')}")
        self.answer(200, answer, self.limits("api"))

    def tree(self, repository, commit, query):
        files = repository.commits[commit]
        folders = {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
        rows = [{"type": "directory", "oid": hashlib.sha1(folder.encode()).hexdigest(), "size": 0, "path": folder}
                for folder in sorted(folders)]
        rows += [file.entry(path) for path, file in files.items()]
        first = int(query.get("cursor", ["0"])[0])
        end = first + repository.page_size
        headers = self.limits("api")
        if end < len(rows):
            address = f"{self.hub.addresses['hub']}/api/models/{repository.name}/tree/{commit}"
            headers["Link"] = f'<{address}?recursive=true&expand=false&cursor={end}>; rel="next"'
        self.answer(200, rows[first:end], headers)

    def resolve(self, name, revision, path, cached=False):
        if not self.within_limits("resolvers"):
            return None
        repository = self.visible(name, files=True)
        if repository is None:
            return None
        commit = repository.find(revision)
        if commit is None:
            return self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes", **self.limits("resolvers")}
        file = repository.commits[commit].get(path)
        if file is None:
            return self.refuse(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit})
        if file.lfs:
            return self.elsewhere(repository, commit, file, headers)
        if not cached and file.size and not repository.private and not repository.gated:
            source = quote(f"/{name}/resolve/{revision}/{path}", safe="")
            place = f"/api/resolve-cache/models/{name}/{commit}/{quote(path)}?{source}=&etag=%22{file.etag}%22"
            headers.update({"Location": place, "X-Linked-Etag": f'"{file.etag}"'})
            return self.answer(307, f"Temporary Redirect. Redirecting to {place}".encode(), headers)
        headers.update({"ETag": f'"{file.etag}"', "Content-Type": "text/plain; charset=utf-8"})
        return self.send_stored(file, headers)

    def elsewhere(self, repository, commit, file, headers):
        ends = int(time.time() + self.hub.signature_seconds)
        place = (f"{self.hub.addresses['cdn']}/files/{file.sha256}?Expires={ends}"
                 f"&Signature={self.hub.signature(file.sha256, str(ends))}")
        headers.update({"Location": place, "X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size),
                        "Cache-Control": "no-store"})
        if file.xet:
            token = f"{self.hub.addresses['hub']}/api/models/{repository.name}/xet-read-token/{commit}"
            plan = f"{self.hub.addresses['cdn']}/v1/reconstructions/{file.xet}"
            headers.update({"X-Xet-Hash": file.xet,
                            "Link": f'<{token}>; rel="xet-auth", <{plan}>; rel="xet-reconstruction-info"'})
        self.answer(302, f"Found. Redirecting to {place}".encode(), headers)

    # For the tests that drive the imitation from another process.
    def do_POST(self):
        self.fault, self.entry = {}, None
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        try:
            self.answer(200, self.hub.command(self.path.removeprefix("/_test/"), body))
        except (KeyError, TypeError, ValueError) as error:
            self.answer(400, {"error": repr(error)})

    def control(self):
        if self.path == "/_test/log":
            return self.answer(200, self.hub.log)
        return self.answer(404, b"")
