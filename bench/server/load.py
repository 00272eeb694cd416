#!/usr/bin/env python3
"""Load and faults: many clients at once, some of which leave, read slowly or fall silent.

    KANI=build/test/bin/kani KANI_MODELS=models bench/server/load.py [SECONDS [CLIENTS]]

Every stream that was read to its end must be what the same request gives alone; memory must not grow after the first third; at
the end nothing may be left in the queue. Prints what it did, and fails otherwise.
"""
import http.client
import json
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 180
CLIENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 16
MAX_GROWTH = 0.02
TEXTS = ("Hello, how are you?", "One, two, three.", "This sentence is as long as a piece. And so is this one.")
CALLS = [{"input": text, "voice": voice, "seed": seed, "response_format": kind, "max_seconds": 2}
         for seed, (text, voice, kind) in enumerate((text, voice, kind) for text in TEXTS for voice in ("heart", "alan")
                                                    for kind in ("pcm", "wav", "mp3", "opus"))]


class Load:
    def __init__(self, port):
        self.port = port
        self.counts = Counter()
        self.lock = threading.Lock()
        self.wrong = []
        self.alone = [self.whole(call) for call in CALLS]

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def begin(self, call, receive_buffer=0):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        if receive_buffer:
            connection.sock = socket.socket()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.sock.settimeout(120)
            connection.sock.connect(("127.0.0.1", self.port))
        connection.request("POST", "/v1/audio/speech", json.dumps(call), {"Content-Type": "application/json"})
        return connection

    def whole(self, call):
        connection = self.begin(call)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {body!r}")
        return body

    def read(self, index, pause=0.0):
        connection = self.begin(CALLS[index], receive_buffer=4096 if pause else 0)
        answer = connection.getresponse()
        if answer.status == 429:
            self.count("refused for now")
            connection.close()
            time.sleep(0.1)
            return
        body = b""
        while part := answer.read(2048):
            body += part
            time.sleep(pause)
        connection.close()
        if answer.status != 200 or body != self.alone[index]:
            self.wrong.append(f"call {index}: status {answer.status}, {len(body)} bytes, expected {len(self.alone[index])}")
        self.count("slow readers" if pause else "whole")

    def leave(self, index):
        connection = self.begin(CALLS[index])
        if random.random() < 0.5:
            connection.getresponse().read(random.randrange(1, 3000))
        if random.random() < 0.5:  # as a killed process does
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        self.count("left")

    def fall_silent(self, _):
        half = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        half.sendall(b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Le"[:random.randrange(70)])
        time.sleep(random.random())
        half.close()
        self.count("half a request")

    def client(self, until):
        while time.monotonic() < until:
            index = random.randrange(len(CALLS))
            kind = random.random()
            try:
                if kind < 0.6:
                    self.read(index)
                elif kind < 0.7:
                    self.read(index, pause=0.01)
                elif kind < 0.95:
                    self.leave(index)
                else:
                    self.fall_silent(index)
            except OSError as error:
                self.wrong.append(f"{type(error).__name__}: {error}")


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def main():
    home = Path(tempfile.mkdtemp(prefix="kani_load_"))
    process = subprocess.Popen([os.environ["KANI"], "serve", "--model", str(Path(os.environ["KANI_MODELS"]).resolve() / "mini"),
                                "--port", "0"], env={"PATH": os.environ["PATH"], "HOME": str(home)}, stderr=subprocess.PIPE,
                               text=True)
    port = int(re.search(r"serving http://127.0.0.1:(\d+)/", process.stderr.readline())[1])
    load = Load(port)
    started = time.monotonic()
    threads = [threading.Thread(target=load.client, args=(started + SECONDS,)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    memory = []
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.5)
        memory.append(resident_kib(process.pid))
    for thread in threads:
        thread.join()
    for _ in range(100):
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
        left = float(re.search(r"^kani_requests_in_progress (\S+)", metrics, re.M)[1])
        if left == 0:
            break
        time.sleep(0.1)
    process.terminate()
    code = process.wait(timeout=60)
    shutil.rmtree(home)

    third = max(1, len(memory) // 3)
    warm = max(memory[third:2 * third])
    growth = max(memory[2 * third:]) / warm - 1
    print(f"{CLIENTS} clients, {SECONDS:.0f} s: " + ", ".join(f"{count} {what}" for what, count in sorted(load.counts.items())))
    print(f"memory: {warm / 1024:.1f} MiB in the second third, {growth:+.2%} after it")
    print(f"left in the queue: {left:.0f}; exit code {code}; wrong: {len(load.wrong)}")
    for line in load.wrong[:10]:
        print("  " + line)
    sys.exit(0 if not load.wrong and left == 0 and code == 0 and growth < MAX_GROWTH else 1)


if __name__ == "__main__":
    main()
