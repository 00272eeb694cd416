// Kernels for AVX-512 F, BW, DQ, VL and VNNI (compiled with these flags).
#define KANI_ISA avx512
#define KANI_ISA_NAME "avx512"
#define KANI_ISA_TABLE kAvx512Table
#define KANI_REGISTERS 32

#include "kernels/cpu/dot_vnni-inl.h"
//
#include "kernels/cpu/table-inl.h"
