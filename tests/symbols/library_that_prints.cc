// What no library of the project may do, so that the test that looks for it is tested.
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace kani {

void Forbidden(int argument) {
  if (argument == 1) std::cout << "text";
  if (argument == 2) std::printf("%d", argument);
  if (argument == 3 && std::getenv("HOME") != nullptr) std::exit(argument);
}

}  // namespace kani
