"""What goes wrong on purpose.

A fault is a dictionary: "match", a regular expression on "SERVER METHOD /path?query" (SERVER is hub, cdn or stranger),
optionally "skip" (so many matches go well first) and "times" (after so many it is over; absent: never), and one or more of

    status, headers, body, json   answer this instead; "json" is a body that is dumped, "headers" alone are added
    location                      answer 302 to this address; "{hub}", "{cdn}", "{stranger}" in it are replaced
    delay                         seconds before anything is answered
    cut                           the right Content-Length, then the connection ends after so many bytes of the body
    stall                         the right Content-Length, then nothing more comes after so many bytes of the body
    rate                          bytes per second of the body, at most
    flip                          one bit of this byte of the file is wrong
    shorter, longer               claims and sends so many bytes less, or more, than the file has
    endless                       no Content-Length, a body that never ends
    ignore_range                  the whole file with 200 although a part was asked for
    wrong_range                   206 with the right bytes but a Content-Range so many bytes further
    gzip                          compressed with Content-Encoding: gzip, whatever was asked for
    drop                          names of headers that are left out
"""
import re
import threading


class Faults:
    def __init__(self):
        self.rules = []
        self.lock = threading.Lock()

    def add(self, **rule):
        with self.lock:
            self.rules.append(rule)

    def clear(self):
        with self.lock:
            self.rules.clear()

    def take(self, line):
        """The first rule that applies to this request, counted down; {} for none."""
        with self.lock:
            for rule in self.rules:
                if rule.get("times", 1) <= 0 or not re.search(rule["match"], line):
                    continue
                if rule.get("skip", 0) > 0:
                    rule["skip"] -= 1
                    continue
                if "times" in rule:
                    rule["times"] -= 1
                return rule
        return {}
