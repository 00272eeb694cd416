// What an errno means to a caller of the library.
#pragma once

#include "base/error.h"

namespace kani {

/// kResourceExhausted when memory, address space, file handles or threads ran out (ENOMEM, EMFILE,
/// ENFILE, EAGAIN), kNotFound for ENOENT, else kIo. A full disk is kIo.
ErrorCode CodeOfSystemError(int error);

}  // namespace kani
