// Kernels for AVX2 with FMA and F16C (compiled with these flags).
#define KANI_ISA avx2
#define KANI_ISA_NAME "avx2"
#define KANI_ISA_TABLE kAvx2Table
#define KANI_REGISTERS 16

#include "kernels/cpu/dot_maddubs-inl.h"
//
#include "kernels/cpu/table-inl.h"
