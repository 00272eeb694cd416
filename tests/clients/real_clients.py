#!/usr/bin/env python3
"""The clients that people have, at pinned versions, against the server. Not part of the default tests: needs PyPI and npm.

    KANI=build/test/bin/kani KANI_MODELS=models tests/clients/real_clients.py FOLDER

FOLDER keeps what pip and npm install; where a registry or a program is absent the tests that need it are skipped, and say so.
"""
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import unittest
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
FOLDER = Path(sys.argv.pop(1)).resolve() if __name__ == "__main__" and len(sys.argv) > 1 else sys.exit(__doc__)
PROGRAM = os.environ["KANI"]
MODELS = Path(os.environ["KANI_MODELS"]).resolve()
HERE = Path(__file__).resolve().parent

PYTHON_PACKAGES = ("openai==3.57.0", "wyoming==1.10.2", "websockets==17.4", "openapi-spec-validator==0.9.0")
NODE_PACKAGES = ("openai@7.59.0",)
FORMATS = ("mp3", "opus", "aac", "flac", "wav")
TEXT = "Hello, how are you? I am well."
CALL = {"model": "tts-1", "voice": "alloy", "input": TEXT}
SETTINGS = {"seed": 7, "max_seconds": 1.5}
# MP3 and ADTS have no place for the encoder's delay and tail: two frames and a bit.
SLACK_SECONDS = {"mp3": 0.15, "aac": 0.15}


def installed(name, packages, command):
    """The folder that `command` filled; None where it could not."""
    folder = FOLDER / name
    wanted = "\n".join(packages)
    if (folder / "ready").exists() and (folder / "ready").read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if not command(folder):
        return None
    (folder / "ready").write_text(wanted)
    return folder


def fill_python(folder):
    return (subprocess.run([sys.executable, "-m", "venv", folder], check=False).returncode == 0 and
            subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", *PYTHON_PACKAGES],
                           check=False).returncode == 0)


def fill_node(folder):
    if not shutil.which("npm"):
        return False
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    return subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *NODE_PACKAGES], cwd=folder,
                          check=False).returncode == 0


def ffprobe_seconds(path):
    """The length of the sound after decoding all of it, not what a header says."""
    if not shutil.which("ffmpeg"):
        raise unittest.SkipTest("ffmpeg is not here")
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-ac", "1", "-ar", "48000", "-"],
                          stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert done.stderr == b"", done.stderr
    return len(done.stdout) / 2 / 48000


class ServerTest(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.home = Path(tempfile.mkdtemp(prefix="kani_clients_"))
        environment = {"PATH": os.environ["PATH"], "HOME": str(cls.home)}
        cls.process = subprocess.Popen([PROGRAM, "serve", "--model", str(MODELS / "mini"), "--port", "0", "--wyoming", "0",
                                        *cls.options], env=environment, stderr=subprocess.PIPE, text=True)
        cls.url = cls.wyoming = None
        while cls.wyoming is None:
            line = cls.process.stderr.readline()
            if not line:
                raise RuntimeError(f"the server ended with {cls.process.wait()}")
            if found := re.search(r"serving (https?://\S+)/", line):
                cls.url = found[1]
            if found := re.search(r"Wyoming on \S+ port (\d+)", line):
                cls.wyoming = int(found[1])
        cls.seconds = cls.expected_seconds()

    @classmethod
    def tearDownClass(cls):
        cls.process.terminate()
        cls.code = cls.process.wait(timeout=60)
        cls.process.stderr.close()
        shutil.rmtree(cls.home)
        assert cls.code == 0, f"the server ended with {cls.code}"

    @classmethod
    def post(cls, body):
        request = urllib.request.Request(cls.url + "/v1/audio/speech", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return answer.headers, answer.read()

    @classmethod
    def expected_seconds(cls):
        headers, pcm = cls.post({**CALL, **SETTINGS, "response_format": "pcm", "stream": False})
        seconds = float(headers["X-Kani-Audio-Seconds"])
        assert abs(len(pcm) / 48000 - seconds) < 0.001
        assert seconds > 0.3
        return seconds

    def check_length(self, path, kind):
        seconds = ffprobe_seconds(path)
        self.assertGreaterEqual(seconds, self.seconds - 0.002, kind)
        self.assertLessEqual(seconds, self.seconds + SLACK_SECONDS.get(kind, 0.03), kind)

    def tool(self, *command, **options):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=self.home, **options)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout


class CurlTest(ServerTest):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("curl"):
            raise unittest.SkipTest("curl is not here")
        super().setUpClass()

    def curl(self, *arguments):
        return self.tool("curl", "-sS", "--fail-with-body", *arguments)

    def test_every_format_to_a_file(self):
        for kind in FORMATS:
            body = json.dumps({**CALL, **SETTINGS, "response_format": kind})
            self.curl(self.url + "/v1/audio/speech", "-H", "Content-Type: application/json", "-d", body, "-o", f"out.{kind}")
            self.check_length(self.home / f"out.{kind}", kind)

    def test_ffprobe_reads_every_format_on_a_pipe(self):
        if not shutil.which("ffprobe"):
            self.skipTest("ffprobe is not here")
        names = {"mp3": "mp3", "opus": "opus", "aac": "aac", "flac": "flac", "wav": "pcm_s16le"}
        for kind in FORMATS:
            body = json.dumps({**CALL, **SETTINGS, "response_format": kind})
            out = self.tool("sh", "-c", 'curl -sS "$0" -H "Content-Type: application/json" -d "$1" | '
                            'ffprobe -v error -show_entries stream=codec_name,channels -of csv=p=0 -', self.url + "/v1/audio/speech",
                            body)
            self.assertEqual(out.strip(), names[kind] + ",1")

    def test_uploads_a_voice_with_expect_100(self):
        self.recording()
        made = json.loads(self.curl("-F", "name=me", "-F", "file=@me.wav", "-F", "consent=true", "-H", "Expect: 100-continue",
                                    self.url + "/v1/audio/voices"))
        self.assertEqual((made["id"], made["consent"], made["shipped"]), ("me", True, False))
        self.curl("-X", "DELETE", self.url + "/v1/audio/voices/me")

    def recording(self):
        import math
        import wave
        with wave.open(str(self.home / "me.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            waves = (math.sin(index * 0.06) + 0.3 * math.sin(index * 0.19) for index in range(64000))
            file.writeframes(b"".join(struct.pack("<h", int(8000 * value)) for value in waves))


class PythonTest(ServerTest):
    """The official Python package, wyoming and websockets."""

    @classmethod
    def setUpClass(cls):
        folder = installed("python", PYTHON_PACKAGES, fill_python)
        if folder is None:
            raise unittest.SkipTest("the Python packages cannot be installed: no PyPI")
        cls.python = folder / "bin/python"
        super().setUpClass()

    def script(self, text, **values):
        head = f"import json, os\nurl, call, settings = {self.url!r}, {CALL!r}, {SETTINGS!r}\n"
        head += "".join(f"{name} = {value!r}\n" for name, value in values.items())
        out = self.tool(self.python, "-c", head + textwrap.dedent(text))
        return json.loads(out.splitlines()[-1])

    CLIENT = "from openai import OpenAI\nclient = OpenAI(base_url=url + '/v1', api_key='none', max_retries=0)\n"

    def test_create_in_every_format(self):
        for kind in FORMATS:
            self.script(self.CLIENT + textwrap.dedent("""
                answer = client.audio.speech.create(**call, response_format=kind, extra_body=settings)
                answer.write_to_file(path)
                print(1)"""), kind=kind, path=str(self.home / f"create.{kind}"))
            self.check_length(self.home / f"create.{kind}", kind)

    def test_streaming_pcm_comes_in_parts_and_whole(self):
        found = self.script(self.CLIENT + textwrap.dedent("""
            with client.audio.speech.with_streaming_response.create(**call, response_format="pcm", extra_body=settings) as answer:
                parts = [len(part) for part in answer.iter_bytes(1024)]
                print(json.dumps([sum(parts), answer.headers["x-kani-voice"], answer.headers["x-kani-seed"]]))"""))
        self.assertEqual(found[0], round(self.seconds * 24000) * 2)
        self.assertNotEqual(found[1], "alloy")
        self.assertEqual(found[2], "7")

    def test_events(self):
        found = self.script(self.CLIENT + textwrap.dedent("""
            import base64
            audio, done = b"", None
            with client.audio.speech.with_streaming_response.create(**call, stream_format="sse", extra_body=settings) as answer:
                for line in answer.iter_lines():
                    if not line.startswith("data: "):
                        continue
                    event = json.loads(line[6:])
                    if event["type"] == "speech.audio.delta":
                        audio += base64.b64decode(event["audio"])
                    else:
                        done = event
            print(json.dumps([len(audio), done]))"""))
        self.assertEqual(found[0], round(self.seconds * 24000) * 2)
        self.assertEqual(found[1]["type"], "speech.audio.done")
        self.assertGreater(found[1]["usage"]["output_tokens"], 0)

    def test_errors_are_the_clients_own(self):
        found = self.script(self.CLIENT + textwrap.dedent("""
            import openai
            try:
                client.audio.speech.create(model="tts-1", voice="nobody", input="Hi")
            except openai.NotFoundError as error:
                print(json.dumps([error.status_code, error.code, error.param]))"""))
        self.assertEqual(found, [404, "voice_not_found", "voice"])

    def test_models(self):
        self.assertEqual(self.script(self.CLIENT + "print(json.dumps([model.id for model in client.models.list()]))"), ["mini"])

    def test_the_description_is_valid(self):
        self.assertEqual(self.script("""
            import urllib.request
            from openapi_spec_validator import validate
            validate(json.load(urllib.request.urlopen(url + "/openapi.json")))
            print(1)"""), 1)

    def test_a_websocket(self):
        found = self.script("""
            import base64
            from websockets.sync.client import connect
            audio, events = b"", []
            with connect(url.replace("http", "ws") + "/v1/audio/speech/stream") as socket:
                socket.send(json.dumps({"type": "start", "request_id": "a", "voice": "alloy", **settings}))
                for word in call["input"].split(" "):
                    socket.send(json.dumps({"type": "text", "request_id": "a", "text": word + " "}))
                socket.send(json.dumps({"type": "end", "request_id": "a"}))
                while not events or events[-1] != "generation.done":
                    event = json.loads(socket.recv(timeout=60))
                    if event["type"] == "speech.audio.delta":
                        audio += base64.b64decode(event["audio"])
                    else:
                        events.append(event["type"])
            print(json.dumps([len(audio), events]))""")
        self.assertEqual(found[1], ["generation.started", "generation.done"])
        self.assertGreater(found[0], 24000)

    def test_wyoming(self):
        found = self.script("""
            import asyncio
            from wyoming.client import AsyncTcpClient
            from wyoming.info import Describe, Info
            from wyoming.audio import AudioChunk, AudioStart, AudioStop
            from wyoming.tts import (Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped,
                                     SynthesizeVoice)

            async def audio(client, end):
                size = 0
                while True:
                    event = await asyncio.wait_for(client.read_event(), 60)
                    if AudioChunk.is_type(event.type):
                        chunk = AudioChunk.from_event(event)
                        assert (chunk.rate, chunk.width, chunk.channels) == (22050, 2, 1)
                        size += len(chunk.audio)
                    if end.is_type(event.type):
                        return size

            async def main():
                async with AsyncTcpClient("127.0.0.1", port) as client:
                    await client.write_event(Describe().event())
                    info = Info.from_event(await client.read_event())
                    program = info.tts[0]
                    voice = SynthesizeVoice(name=program.voices[0].name)
                    await client.write_event(Synthesize(text=call["input"], voice=voice).event())
                    whole = await audio(client, AudioStop)
                    await client.write_event(SynthesizeStart(voice=voice).event())
                    for word in call["input"].split(" "):
                        await client.write_event(SynthesizeChunk(text=word + " ").event())
                    await client.write_event(Synthesize(text=call["input"], voice=voice).event())
                    await client.write_event(SynthesizeStop().event())
                    return [program.supports_synthesize_streaming, whole, await audio(client, SynthesizeStopped)]

            print(json.dumps(asyncio.run(main())))""", port=self.wyoming)
        self.assertTrue(found[0])
        self.assertGreater(found[1], 20000)
        self.assertGreater(found[2], 20000)


class NodeTest(ServerTest):
    """The official package for Node."""

    @classmethod
    def setUpClass(cls):
        cls.folder = installed("node", NODE_PACKAGES, fill_node)
        if cls.folder is None:
            raise unittest.SkipTest("the Node package cannot be installed: no npm or no registry")
        super().setUpClass()

    def test_create_and_stream(self):
        script = textwrap.dedent("""
            import OpenAI from "openai";
            import fs from "node:fs";
            const [url, call, folder] = [process.argv[2], JSON.parse(process.argv[3]), process.argv[4]];
            const client = new OpenAI({baseURL: url + "/v1", apiKey: "none", maxRetries: 0});
            for (const kind of ["mp3", "opus", "aac", "flac", "wav"]) {
              const answer = await client.audio.speech.create({...call, response_format: kind});
              fs.writeFileSync(`${folder}/node.${kind}`, Buffer.from(await answer.arrayBuffer()));
            }
            const answer = await client.audio.speech.create({...call, response_format: "pcm"});
            let size = 0;
            for await (const part of answer.body) size += part.length;
            let code = null;
            try {
              await client.audio.speech.create({...call, voice: "nobody"});
            } catch (error) {
              code = [error.status, error.code];
            }
            const sse = await client.audio.speech.create({...call, stream_format: "sse"});
            const events = (await sse.text()).split("\\n\\n").filter(Boolean).map((line) => JSON.parse(line.slice(6)).type);
            console.log(JSON.stringify([size, code, events.at(0), events.at(-1)]));
            """)
        path = self.folder / "client.mjs"
        path.write_text(script)
        out = self.tool("node", path, self.url, json.dumps({**CALL, **SETTINGS}), str(self.home))
        self.assertEqual(json.loads(out.splitlines()[-1]), [round(self.seconds * 24000) * 2, [404, "voice_not_found"],
                                                           "speech.audio.delta", "speech.audio.done"])
        for kind in FORMATS:
            self.check_length(self.home / f"node.{kind}", kind)


class SignalTest(ServerTest):
    def test_sigterm_finishes_what_was_begun(self):
        text = "This sentence is as long as a piece. " * 10
        body = json.dumps({"input": text, "voice": "heart", "response_format": "pcm"}).encode()
        with socket.create_connection(("127.0.0.1", int(self.url.rsplit(":", 1)[1])), timeout=60) as client:
            client.sendall(b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body) + body)
            head = client.recv(100)
            self.assertTrue(head.startswith(b"HTTP/1.1 200"), head)
            self.process.terminate()
            last = b""
            while part := client.recv(65536):
                last = (last + part)[-5:]
            self.assertEqual(last, b"0\r\n\r\n")
        self.assertEqual(self.process.wait(timeout=60), 0)


class TlsTest(ServerTest):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("openssl") or not shutil.which("curl"):
            raise unittest.SkipTest("openssl or curl is not here")
        cls.keys = Path(tempfile.mkdtemp(prefix="kani_tls_"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", cls.keys / "key.pem", "-out",
                        cls.keys / "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
        (cls.keys / "keys.txt").write_text("correct-key-1\n")
        cls.options = ("--tls-certificate", str(cls.keys / "cert.pem"), "--tls-key", str(cls.keys / "key.pem"), "--api-keys",
                       str(cls.keys / "keys.txt"))
        super().setUpClass()

    @classmethod
    def expected_seconds(cls):
        return 0

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.keys)

    def curl(self, *arguments):
        url = self.url.replace("127.0.0.1", "localhost")
        done = subprocess.run(["curl", "-sS", "--cacert", self.keys / "cert.pem", "-o", self.home / "out", "-w", "%{http_code}",
                               *arguments[1:], url + arguments[0]], capture_output=True, text=True, check=False, timeout=60)
        return done.stdout

    def test_a_key_opens_the_door(self):
        body = ("-H", "Content-Type: application/json", "-d", json.dumps({**CALL, **SETTINGS, "response_format": "wav"}))
        self.assertEqual(self.curl("/v1/audio/speech", *body), "401")
        self.assertEqual(self.curl("/v1/audio/speech", *body, "-H", "Authorization: Bearer wrong-key-1"), "401")
        self.assertEqual(self.curl("/v1/audio/speech", *body, "-H", "Authorization: Bearer correct-key-1"), "200")
        self.assertGreater(ffprobe_seconds(self.home / "out"), 0.3)
        self.assertEqual(self.curl("/healthz"), "200")


if __name__ == "__main__":
    unittest.main(verbosity=2)
