// Web addresses that are named rather than read out.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// Leaves of each address with a scheme or www the name of its host: "example.com" of
/// "https://www.example.com/docs?page=2". Linear in time.
std::string WithShortAddresses(std::string_view text);

}  // namespace kani::text
