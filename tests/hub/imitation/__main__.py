"""Serves folders until its standard input ends: see __init__.py."""
import argparse
import json
import sys

from . import Imitation, add_tiny


def main():
    parser = argparse.ArgumentParser(description="An imitation of a model hub on loopback.")
    parser.add_argument("--folder", action="append", default=[], metavar="ORG/NAME=FOLDER", help="serve a folder")
    parser.add_argument("--xet", action="store_true", help="large files lie in the chunk store")
    parser.add_argument("--log", help="append each request to this file as a line of JSON")
    args = parser.parse_args()
    log_file = open(args.log, "a", encoding="utf-8") if args.log else None
    with Imitation(log_file) as hub:
        for folder in args.folder:
            name, _, path = folder.partition("=")
            hub.add_folder(name, path, args.xet)
        if not args.folder:
            add_tiny(hub, xet=args.xet)
        print(json.dumps(hub.addresses), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
