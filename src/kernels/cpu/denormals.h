// Denormal numbers as zero while kernels run: they are slow, and flushing them is part of the
// determinism contract. The caller's thread is not ours, so its setting is put back.
#pragma once

#include <cstdint>

namespace kani::kernels {

class FlushDenormals {
 public:
  FlushDenormals() : saved_(Read()) { Write(saved_ | kFlush); }
  ~FlushDenormals() { Write(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  using Control = unsigned int;
  static constexpr Control kFlush = 0x8040;  // FTZ and DAZ of MXCSR
  static Control Read() { return __builtin_ia32_stmxcsr(); }
  static void Write(Control value) { __builtin_ia32_ldmxcsr(value); }
#elif defined(__aarch64__)
  using Control = uint64_t;
  static constexpr Control kFlush = uint64_t{1} << 24;  // FZ of FPCR
  static Control Read() {
    Control value;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void Write(Control value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
  using Control = int;
  static constexpr Control kFlush = 0;
  static Control Read() { return 0; }
  static void Write(Control) {}
#endif
  Control saved_;
};

}  // namespace kani::kernels
