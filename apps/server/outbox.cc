#include "apps/server/outbox.h"

#include <utility>

#include "base/error.h"

namespace kani::server {

void Outbox::Push(Item item) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] { return closed_ || bytes_ < kLimitBytes; });
  if (closed_) Fail(ErrorCode::kCancelled, "nobody reads the answer any more");
  bytes_ += item.bytes.size();
  items_.push_back(std::move(item));
}

std::optional<Outbox::Item> Outbox::Pop() {
  const std::lock_guard lock(mutex_);
  if (items_.empty()) return {};
  Item item = std::move(items_.front());
  items_.pop_front();
  bytes_ -= item.bytes.size();
  room_.notify_all();
  return item;
}

std::string Outbox::PopAll() {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (Item& item : items_) {
    if (all.empty()) {
      all = std::move(item.bytes);
    } else {
      all += item.bytes;
    }
  }
  items_.clear();
  bytes_ = 0;
  room_.notify_all();
  return all;
}

void Outbox::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  items_.clear();
  bytes_ = 0;
  room_.notify_all();
}

}  // namespace kani::server
