// For tests of every folder: the message of an Error.
#pragma once

#include <string>

#include "base/error.h"

namespace kani {

/// "code: message" of the Error that `call` throws, or "accepted".
template <typename Call>
std::string Failure(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return StrCat(ErrorCodeName(error.code()), ": ", error.what());
  }
  return "accepted";
}

}  // namespace kani
