"""What the imitation of a hub serves: repositories, their commits and their files."""
import hashlib
import os
import re

LFS_SUFFIXES = (".safetensors", ".nemo", ".bin", ".pt", ".ckpt")
LFS_ABOVE_BYTES = 1 << 20
READER = "hf_reader"  # may read everything
STRANGER = "hf_stranger"  # a good token of somebody who may read what is public
TOKENS = (READER, STRANGER)


class Stored:
    """One file's bytes: in memory, or in a file of the disk that is never read as a whole."""

    def __init__(self, data=b"", path=None, lfs=False, xet=False):
        self.data, self.path, self.lfs = data, path, lfs or xet
        self.size = len(data) if path is None else os.path.getsize(path)
        sha256 = hashlib.sha256()
        git = hashlib.sha1(b"blob %d\0" % self.size)  # git's name of a file
        for part in self.parts():
            sha256.update(part)
            git.update(part)
        self.sha256, self.oid, self.pointer_size = sha256.hexdigest(), git.hexdigest(), 0
        # The true hash is a tree over content-defined chunks; a client that does not build that tree cannot tell.
        self.xet = hashlib.sha256(b"chunks of " + self.sha256.encode()).hexdigest() if xet else None
        if self.lfs:  # the repository itself holds a pointer
            pointer = self.pointer()
            self.pointer_size = len(pointer)
            self.oid = hashlib.sha1(b"blob %d\0" % len(pointer) + pointer).hexdigest()

    @property
    def etag(self):
        return self.sha256 if self.lfs else self.oid

    def pointer(self):
        text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n"
        return text.encode()

    def parts(self, begin=0, end=None):
        """The bytes from `begin` to `end` in pieces."""
        end = self.size if end is None else end
        if self.path is None:
            yield self.data[begin:end]
            return
        with open(self.path, "rb") as file:
            file.seek(begin)
            while begin < end:
                part = file.read(min(1 << 20, end - begin))
                if not part:
                    return
                begin += len(part)
                yield part

    def entry(self, path):
        """Its row in the listing of a tree."""
        row = {"type": "file", "oid": self.oid, "size": self.size, "path": path}
        if self.lfs:
            row["lfs"] = {"oid": self.sha256, "size": self.size, "pointerSize": self.pointer_size}
        if self.xet:
            row["xetHash"] = self.xet
        return row


class Repository:
    def __init__(self, name):
        self.name = name
        self.files = {}  # of the next commit
        self.commits = {}  # commit -> files
        self.branches = {}
        self.tags = {}
        self.private = False
        self.gated = False  # the listing is public, the files are not
        self.disabled = False
        self.moved_to = None  # renamed
        self.page_size = 1000  # rows of the tree in one answer
        self.card = {}  # of its README.md, what concerns the licence

    def put(self, path, data=b"", source=None, lfs=None, xet=False):
        if lfs is None:
            size = len(data) if source is None else os.path.getsize(source)
            lfs = path.endswith(LFS_SUFFIXES) or size > LFS_ABOVE_BYTES
        self.files[path] = Stored(data, source, lfs, xet)
        if path == "README.md":
            card = b"".join(self.files[path].parts()).decode("utf-8", "replace")
            head = re.match(r"---\n((?:.*\n)*?)---\n", card)
            self.card = dict(re.findall(r"^(license\w*): *(\S+)$", head[1], re.M)) if head else {}
        return self

    def commit(self, branch="main"):
        listing = "".join(f"{path} {file.etag}\n" for path, file in sorted(self.files.items()))
        commit = hashlib.sha1(f"{self.name}\n{listing}".encode()).hexdigest()
        self.commits[commit] = dict(sorted(self.files.items()))
        self.branches[branch] = commit
        return commit

    def find(self, revision):
        """The commit of a branch, a tag, a full reference or a commit; None if there is none."""
        for named in (self.branches, self.tags):
            for prefix in ("", "refs/heads/", "refs/tags/"):
                if revision.startswith(prefix) and revision[len(prefix):] in named:
                    return named[revision[len(prefix):]]
        return revision if revision in self.commits else None


def from_folder(name, folder, xet=False):
    """A repository of one commit with every file below a folder."""
    repository = Repository(name)
    for place, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            source = os.path.join(place, file)
            path = os.path.relpath(source, folder)
            large = path.endswith(LFS_SUFFIXES) or os.path.getsize(source) > LFS_ABOVE_BYTES
            repository.put(path, source=source, xet=xet and large)
    repository.commit()
    return repository
