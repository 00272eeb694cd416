// How plain loops become vector code: one clone for each kind of processor, chosen when the program
// starts.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KANI_CLONES __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define KANI_CLONES
#endif
#define KANI_INLINE static inline __attribute__((always_inline))
