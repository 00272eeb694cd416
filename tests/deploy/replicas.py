"""Three replicas of `kani serve` behind nginx with deploy/nginx.conf; one is killed under load.

Every request must end with the bytes that a lone server gives, some of them only when asked again:
the same request gives the same samples on every replica.

    replicas.py KANI        needs nginx; writes into a temporary folder
"""

import collections
import concurrent.futures
import http.client
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
REQUESTS = 36
SIDE_BY_SIDE = 9
TRIES = 4
SENTENCES = [
    "The first replica speaks.",
    "It is one of three, and nobody can hear which one.",
    "When it is killed, another says the same words with the same voice.",
]


def speech(number):
    """Request `number`: every one differs from its neighbours."""
    return {
        "model": "mini",
        "voice": ["heart", "ada", "alan"][number % 3],
        "input": SENTENCES[number // 3 % 3],
        "seed": number,
        "response_format": "pcm",
    }


class Replica:
    """One `kani serve` on a port of its own."""

    def __init__(self, kani, folder):
        self.process = subprocess.Popen(
            [kani, "serve", "--model", ROOT / "models/mini", "--port", "0", "--voices", folder,
             "--threads", "1"],
            stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stderr:
            said += line
            found = re.search(r"http://[^:]+:(\d+)/", line)
            if found:
                self.port = int(found[1])
                return
        raise RuntimeError(f"kani serve ended: {said}")

    def in_progress(self):
        found = re.search(r"^kani_requests_in_progress(?:\{[^}]*\})? (\S+)$", self.metrics(), re.M)
        return float(found[1])

    def metrics(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text


def ask(port, body):
    """The whole answer, or an exception where it was refused or cut."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", "/v1/audio/speech", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"HTTP {answer.status}: {data[:200]!r}")
        return data
    finally:
        connection.close()


def start_nginx(folder, replicas):
    """nginx with the servers of deploy/nginx.conf replaced; returns (process, port)."""
    conf = (ROOT / "deploy/nginx.conf").read_text()
    for number, replica in enumerate(replicas, 1):
        conf, replaced = re.subn(rf"127\.0\.0\.1:800{number}\b", f"127.0.0.1:{replica.port}", conf)
        assert replaced == 1, f"server {number} of deploy/nginx.conf"
    port = replicas[0].port + 1
    while True:  # a free port nearby
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            port += 1
        except OSError:
            break
    conf, replaced = re.subn(r"listen 127\.0\.0\.1:8000;", f"listen 127.0.0.1:{port};", conf)
    assert replaced == 1, "listen of deploy/nginx.conf"
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    log_format = 'log_format kani "$upstream_addr $upstream_status $status";'
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; worker_processes 1; events {{}}\n"
        f"http {{ {log_format} access_log {folder}/access.log kani;\n{temporary}{conf} }}\n")
    process = subprocess.Popen(
        ["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    while True:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
            return process, port
        except OSError:
            if process.poll() is not None:
                raise RuntimeError((folder / "error.log").read_text()) from None
            time.sleep(0.05)


def check_metric(replica):
    """The autoscaler's metric is the adapter's, and the adapter's series one of the server."""
    adapter = (ROOT / "deploy/prometheus-adapter.yaml").read_text()
    series = re.search(r"seriesQuery: '(\w+)\{", adapter)[1]
    name = re.search(r"as: (\w+)", adapter)[1]
    assert f"name: {name}\n" in (ROOT / "deploy/kubernetes/autoscaler.yaml").read_text(), name
    assert re.search(rf"^{series}{{.*le=", replica.metrics(), re.M), f"no {series} in /metrics"


def run(kani, folder):
    lone = Replica(kani, folder / "voices")
    replicas = []
    nginx = None
    try:
        expected = {number: ask(lone.port, speech(number)) for number in range(REQUESTS)}
        assert len(set(expected.values())) == REQUESTS, "every request sounds different"
        check_metric(lone)
        replicas = [Replica(kani, folder / "voices") for _ in range(3)]
        nginx, port = start_nginx(folder, replicas)
        tried = collections.Counter()

        def client(number):
            for attempt in range(TRIES):
                try:
                    data = ask(port, speech(number))
                    assert data == expected[number], f"request {number}, try {attempt}: other bytes"
                    return
                except (OSError, http.client.HTTPException, RuntimeError):
                    tried[number] += 1
            raise AssertionError(f"request {number} failed {TRIES} times")

        with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as clients:
            running = [clients.submit(client, number) for number in range(REQUESTS)]
            while replicas[1].in_progress() < 2:
                time.sleep(0.01)
            replicas[1].process.kill()
            for each in running:
                each.result()
        log = (folder / "access.log").read_text().splitlines()
        passed_on = sum("," in line.split(" ")[0] + line.split(" ")[1] for line in log)
        assert tried or passed_on, "the kill met no request"
        print(f"{REQUESTS} answers, bytes as from one server; one of three replicas killed: "
              f"{len(tried)} cut and asked again, {passed_on} passed on by nginx")
    finally:
        for process in [lone.process, *(each.process for each in replicas), nginx]:
            if process:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        run(sys.argv[1], pathlib.Path(temporary))
