"""As much of the chunk store as the package hf_xet needs: a file is one uncompressed block of equal chunks."""
import struct

CHUNK_BYTES = 64 << 10


def chunks(stored):
    return max(1, -(-stored.size // CHUNK_BYTES))


def block(stored):
    """A head of 8 bytes for each chunk: version 0, stored length, scheme 0 (none), length; then the chunk."""
    data, out = b"".join(stored.parts()), bytearray()
    for index in range(chunks(stored)):
        chunk = data[index * CHUNK_BYTES:(index + 1) * CHUNK_BYTES]
        length = struct.pack("<I", len(chunk))[:3]
        out += b"\0" + length + b"\0" + length + chunk
    return bytes(out)


def serve(handler, kind, stored):
    if kind == "blocks":
        data = block(stored)
        wanted = handler.range(len(data))
        if wanted is None:
            return handler.answer(200, data)
        begin, end = wanted
        return handler.answer(206, data[begin:end], {"Content-Range": f"bytes {begin}-{end - 1}/{len(data)}"})
    if kind not in ("v1/reconstructions", "v2/reconstructions"):
        return handler.denied("NoSuchKey", 404)
    wanted = handler.range(stored.size)
    if wanted and wanted[0] >= stored.size:
        return handler.answer(416, b"")
    address = f"{handler.hub.addresses['cdn']}/blocks/{stored.xet}"
    whole = {"start": 0, "end": chunks(stored)}
    bytes_ = {"start": 0, "end": stored.size + 8 * chunks(stored) - 1}
    answer = {"offset_into_first_range": 0,
              "terms": [{"hash": stored.xet, "unpacked_length": stored.size, "range": whole}]}
    if kind.startswith("v1"):
        answer["fetch_info"] = {stored.xet: [{"range": whole, "url": address, "url_range": bytes_}]}
    else:
        answer["xorbs"] = {stored.xet: [{"url": address, "ranges": [{"chunks": whole, "bytes": bytes_}]}]}
    return handler.answer(200, answer)
