// ICU's status as our error.
#pragma once

#include <unicode/utypes.h>

#include <string_view>

#include "base/error.h"

namespace kani::text {

/// Throws kResourceExhausted when ICU had no memory, kInternal for any other failure.
inline void RequireIcu(UErrorCode status, std::string_view what) {
  if (U_SUCCESS(status)) return;
  Fail(status == U_MEMORY_ALLOCATION_ERROR ? ErrorCode::kResourceExhausted : ErrorCode::kInternal,
       "ICU ", what, ": ", u_errorName(status));
}

}  // namespace kani::text
