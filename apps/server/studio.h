// The page in the browser, from files that are part of the program.
#pragma once

#include <span>

#include "apps/server/embedded_file.h"
#include "apps/server/router.h"

namespace kani::server {

/// Adds "/" (index.html) and "/studio/...".
void AddStudioRoutes(Router& router, std::span<const EmbeddedFile> files);

/// One file, or 304 where the client has it.
Response FileResponse(const EmbeddedFile& file, const Request& request);

}  // namespace kani::server
