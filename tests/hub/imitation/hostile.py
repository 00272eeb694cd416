"""Hubs that mean harm. Each function makes one repository answer so; none may make a client write outside its cache, show
its token to another origin, fill the disk or run for ever."""

EVIL_OID = "e" * 40
EVIL_SHA256 = "e" * 64
TREE = r"^hub GET /api/models/[^?]*/tree/"
REVISION = r"^hub GET /api/models/[^?]*/revision/"
RESOLVE = r"^hub GET /[^?]*/resolve/"

PATHS = ["../evil", "../../refs/main", "/tmp/evil", "a/../../evil", "./evil", "a//evil", "a\\..\\evil", "C:/evil", "a\nb",
         "a\u0000b", "", ".", "..", "a/", "CON", "evil.", "evil ", "x" * 300, "/".join(["d"] * 200) + "/evil"]
REDIRECTS = ["file:///etc/passwd", "file:/etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/x", "{stranger}/evil",
             "//evil.invalid/x", "http://", "http://[::1", "data:text/plain,evil"]
COMMITS = ["../../evil", "", "main", "a" * 39, "a" * 41, "A" * 40, "g" * 40, 7, None]


def row(path, **more):
    return {"type": "file", "path": path, "oid": EVIL_OID, "size": 4, **more}


def with_tree(*rows):
    return lambda hub, _: hub.faults.add(match=TREE, status=200, json=list(rows))


def with_fault(**fault):
    return lambda hub, _: hub.faults.add(**fault)


def with_commit(commit):
    return lambda hub, _: hub.faults.add(match=REVISION, status=200, json={"sha": commit, "siblings": []})


HOSTILE = {
    **{f"path {index}": with_tree(row(path)) for index, path in enumerate(PATHS)},
    **{f"redirect {index}": with_fault(match=RESOLVE, location=place) for index, place in enumerate(REDIRECTS)},
    **{f"commit {index}": with_commit(commit) for index, commit in enumerate(COMMITS)},
    "name of a blob": with_tree(row("a", oid="../../../evil")),
    "name of a large blob": with_tree(row("a", lfs={"oid": "../evil", "size": 4, "pointerSize": 1})),
    "two names that differ in case": with_tree(row("model"), row("MODEL")),
    "a file and a folder of one name": with_tree(row("a"), row("a/b")),
    "the same file twice": with_tree(row("a"), row("a", oid="f" * 40)),
    "a negative size": with_tree(row("a", size=-1)),
    "a huge size": with_tree(row("a", size=1 << 62)),
    "sizes that overflow": with_tree(row("a", size=(1 << 63) - 1), row("b", size=(1 << 63) - 1)),
    "a size that is text": with_tree(row("a", size="4")),
    "too many files": with_tree(*[row(f"f{index}") for index in range(20_000)]),
    "a tree that is no list": with_fault(match=TREE, status=200, json={"a": 1}),
    "deep JSON": with_fault(match=TREE, status=200, body="[" * 100_000),
    "broken JSON": with_fault(match=REVISION, status=200, body='{"sha": "'),
    "a login page": with_fault(match="^hub", status=200, body="<html>Log in to the network</html>"),
    "an endless answer": with_fault(match=REVISION, endless=True),
    "an endless file": with_fault(match="^cdn", endless=True),
    "a page that leads to itself": with_fault(match=TREE, status=200, json=[],
                                              headers={"Link": '<{}>; rel="next"'.format("/api/models/a/tree/b")}),
    "redirects in a circle": lambda hub, _: hub.faults.add(match=RESOLVE, location="{hub}/acme/tiny/resolve/main/a"),
    "a next page elsewhere": lambda hub, _: hub.faults.add(
        match=TREE, status=200, json=[], headers={"Link": f'<{hub.addresses["stranger"]}/next>; rel="next"'}),
    "wrong bytes": with_fault(match="^cdn GET /files", flip=3),
    "a longer file": with_fault(match="^cdn GET /files", longer=1000),
    "a shorter file": with_fault(match="^cdn GET /files", shorter=10),
    "a compressed file": with_fault(match="^cdn GET /files", gzip=True),
    "a wrong range": with_fault(match="^cdn GET /files", wrong_range=5),
    "a header of many bytes": with_fault(match=REVISION, headers={"X-Long": "x" * 60_000}),
    "a message that clears the screen": with_fault(match=REVISION, status=403, json={"error": "\u001b[2Jevil\nroot#"},
                                                   headers={"X-Error-Message": "\u001b[2Jevil"}),
}
