"""How requests travel: certificates, proxies, stored passwords, and that the token stays with its hub."""
import shutil
import ssl
import subprocess
import unittest

from imitation import add_tiny
from imitation.repositories import READER
from machine import HubTest, Machine

NETWORK, INVALID = 9, 4
NAME = "acme/tiny"


class TransportTest(HubTest):
    @classmethod
    def fill(cls, hub):
        add_tiny(hub)

    def authorized(self):
        return [entry for entry in self.hub.log if "authorization" in entry["headers"]]

    def test_the_token_goes_to_the_hub_alone(self):
        self.good("pull", NAME, env={"HF_TOKEN": READER})
        self.assertTrue(self.authorized())
        self.assertEqual({entry["server"] for entry in self.authorized()}, {"hub"})
        self.assertIn("cdn", {entry["server"] for entry in self.hub.log})

    def test_the_token_is_not_sent_in_the_clear_to_another_machine(self):
        # The hub's own address serves as the proxy that leads to that machine.
        env = {"HF_ENDPOINT": "http://hub.invalid", "http_proxy": self.hub.url, "HF_TOKEN": READER}
        outcome = self.good("pull", NAME, "--dry-run", env=env)
        self.assertIn("the token is not sent to http://hub.invalid", outcome.err)
        self.assertTrue(self.requests("http://hub.invalid/api/models/acme/tiny/revision/main"))
        self.assertEqual(self.authorized(), [])

    def test_a_proxy_can_be_written_in_either_case_and_left_out(self):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            self.hub.command("reset", {})
            self.good("pull", NAME, "--dry-run", env={"HF_ENDPOINT": "http://hub.invalid", name: self.hub.url})
            self.assertTrue(self.requests("http://hub.invalid/api"), name)
        self.good("pull", NAME, env={"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1,localhost"})

    def test_the_password_of_a_proxy_is_not_shown(self):
        self.hub.faults.add(match="^hub", status=407)
        env = {"HF_ENDPOINT": "https://hub.invalid", "https_proxy": self.hub.url.replace("//", "//name:secret@")}
        outcome = self.bad(NETWORK, "pull", NAME, env=env)
        self.assertIn("by the proxy " + self.hub.url, outcome.err)
        self.assertNotIn("secret", outcome.err)

    def test_stored_passwords_are_not_used(self):
        netrc = self.machine.home / ".netrc"
        netrc.write_text("machine 127.0.0.1 login a password b\nmachine localhost login a password b\n")
        netrc.chmod(0o600)
        self.good("pull", NAME)
        self.assertEqual(self.authorized(), [])

    def test_a_gated_file_is_not_asked_for_at_a_foreign_place_with_the_token(self):
        self.hub.faults.add(match="/resolve/", location="{stranger}/files/x")
        self.bad(INVALID, "pull", NAME, env={"HF_TOKEN": READER})
        self.assertTrue(self.requests("stranger"))
        self.assertEqual({entry["server"] for entry in self.authorized()}, {"hub"})


@unittest.skipUnless(shutil.which("openssl"), "there is no openssl to make a certificate with")
class CertificateTest(HubTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        place = Machine(cls.hub)
        cls.addClassCleanup(place.close)
        cls.certificate = place.root / "certificate"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(place.root / "key"),
                        "-out", str(cls.certificate)], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cls.certificate, place.root / "key")
        cls.in_the_clear = dict(cls.hub.addresses)
        for server in cls.hub.servers:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        for name, address in cls.hub.addresses.items():
            cls.hub.addresses[name] = address.replace("http:", "https:")

    @classmethod
    def fill(cls, hub):
        add_tiny(hub)

    def test_a_certificate_that_nobody_signed_ends_the_pull_at_once(self):
        self.assertIn("certificate", self.bad(NETWORK, "pull", NAME, env={"HF_TOKEN": READER}).err)
        self.assertEqual(self.hub.log, [])

    def test_a_company_can_name_its_own_authority(self):
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            self.good("pull", NAME, "--dry-run", env={name: str(self.certificate)})
        self.good("pull", NAME, env={"SSL_CERT_FILE": str(self.certificate), "HF_TOKEN": READER})
        tokens = {(entry["server"], "authorization" in entry["headers"]) for entry in self.hub.log[-3:]}
        self.assertNotIn(("cdn", True), tokens)

    def test_nothing_leads_from_https_to_http(self):
        self.hub.faults.add(match="/resolve/", location=self.in_the_clear["cdn"] + "/files/x")
        err = self.bad(INVALID, "pull", NAME, env={"SSL_CERT_FILE": str(self.certificate)}).err
        self.assertIn("redirects from https", err)
        self.assertFalse(self.requests("cdn"))


if __name__ == "__main__":
    unittest.main()
