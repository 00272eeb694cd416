# Files as constants of a program. Run by kani_embed (KaniTargets.cmake) at build time:
#   cmake -D ROOT=folder -D FILES=a;b -D OUTPUT=x.cc -D FUNCTION=name -P EmbedFiles.cmake
set(tables "")
set(rows "")
set(index 0)
foreach(name IN LISTS FILES)
  file(READ "${ROOT}/${name}" hex HEX)
  file(SHA256 "${ROOT}/${name}" hash)
  string(SUBSTRING "${hash}" 0 16 hash)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(APPEND tables "constexpr unsigned char kFile${index}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${name}\", {reinterpret_cast<const char*>(kFile${index}), ${size}}, \"${hash}\"},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUTPUT}.new" "// Made by cmake/EmbedFiles.cmake.
#include \"apps/server/embedded_file.h\"

namespace kani::server {
namespace {
${tables}
const EmbeddedFile kFiles[] = {
${rows}};
}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() { return kFiles; }

}  // namespace kani::server
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUTPUT}.new")
file(TOUCH "${OUTPUT}")
