// How a product is cut into register tiles.
#pragma once

#include <algorithm>

#include "kernels/cpu/kernel_table.h"

namespace kani::kernels {

struct TileShape {
  int rows = 1;
  int groups = 1;
};

/// The best tile that `tiles` (an array of the table) has for `rows` rows and `groups` groups: all
/// rows at once where they fit, since each weight is then read once; else the tile that loads
/// least for each product.
/// @param lanes fp32 lanes of a register.
template <typename Tiles>
TileShape ChooseTile(const Tiles& tiles, int lanes, int64_t rows, int64_t groups) {
  TileShape best;
  double best_cost = 1e30;
  for (int r = 1; r <= kMaxTileRows && r <= rows; ++r) {
    for (int g = 1; g <= kMaxTileGroups && g <= groups; ++g) {
      if (tiles[r - 1][g - 1] == nullptr) continue;
      const double input_loads = static_cast<double>(r * lanes) / kGroup;
      double cost = (input_loads + g) / (r * g);
      if (rows <= kMaxTileRows) cost += static_cast<double>((rows + r - 1) / r);
      if (cost < best_cost) {
        best_cost = cost;
        best = {r, g};
      }
    }
  }
  return best;
}

/// Calls run(first, count) for pieces of [0, rows) that differ by one row at most.
template <typename Run>
void ForEachTile(int64_t rows, int tile_rows, const Run& run) {
  const int64_t tiles = (rows + tile_rows - 1) / tile_rows;
  for (int64_t tile = 0; tile < tiles; ++tile) {
    const int64_t first = rows * tile / tiles;
    run(first, rows * (tile + 1) / tiles - first);
  }
}

/// Sums of `rows` x `groups` * 16 outputs to args.sums; pointers of args are those of the first
/// row and group.
inline void RunFp32Tiles(const KernelTable& table, const TileArgs& args, int64_t rows,
                         int64_t groups) {
  for (int64_t g = 0; g < groups;) {
    const TileShape shape = ChooseTile(table.fp32_tile, table.lanes, rows, groups - g);
    ForEachTile(rows, shape.rows, [&](int64_t first, int64_t count) {
      TileArgs tile = args;
      tile.weights += g * args.group_bytes;
      tile.x += first * args.x_row;
      tile.sums += first * args.sums_row + g * kGroup;
      table.fp32_tile[count - 1][shape.groups - 1](tile);
    });
    g += shape.groups;
  }
}

}  // namespace kani::kernels
