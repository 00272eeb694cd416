// Kernels for every aarch64 CPU.
#define KANI_ISA neon
#define KANI_ISA_NAME "neon"
#define KANI_ISA_TABLE kNeonTable
#define KANI_REGISTERS 32

#include "kernels/cpu/dot_neon-inl.h"
//
#include "kernels/cpu/table-inl.h"
