#!/usr/bin/env bash
# Boost.Beast 1.74: parser.body_limit(boost::none), documented as "no limit", refuses every body whose length is announced
# ("body limit exceeded"): where the header ends, the length is compared with the optional itself, and boost::none is less
# than any number. Chunked bodies pass, there the optional is asked whether it holds something. The largest number works.
#
# Needs g++ and libboost-dev.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/limit.cc" <<'CC'
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <boost/version.hpp>
#include <cstdio>
#include <limits>
#include <string>

namespace http = boost::beast::http;

void Try(const char* what, const boost::optional<std::uint64_t>& limit, const std::string& request) {
  http::request_parser<http::string_body> parser;
  parser.body_limit(limit);
  parser.eager(true);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(request), error);
  std::printf("%s: %s\n", what, error ? error.message().c_str() : "read");
}

int main() {
  const std::string counted = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
  std::printf("Boost %s\n", BOOST_LIB_VERSION);
  Try("no limit, Content-Length", boost::none, counted);
  Try("no limit, chunked", boost::none, chunked);
  Try("largest number, Content-Length", std::numeric_limits<std::uint64_t>::max(), counted);
}
CC
g++ -std=c++17 -O0 -w "$work/limit.cc" -o "$work/limit" -pthread
"$work/limit"
