// How plain loops become vector code: one clone for each kind of processor, chosen when the program
// starts. Functions of the standard library are not inlined into a clone, whose flags are others:
// its loops call none.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KANI_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define KANI_CLONES
#endif
#define KANI_INLINE static inline __attribute__((always_inline))
/// Before a loop whose arrays do not overlap, where they would be too many for the compiler to see
/// it.
#if defined(__GNUC__) && !defined(__clang__)
#define KANI_INDEPENDENT _Pragma("GCC ivdep")
#else
#define KANI_INDEPENDENT
#endif
