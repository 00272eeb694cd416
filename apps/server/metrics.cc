#include "apps/server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace kani::server {
namespace {

using prometheus::Histogram;

const Histogram::BucketBoundaries kSeconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                           1,     2.5,  5,     10,   30,  60};
const Histogram::BucketBoundaries kFactors{0.02, 0.05, 0.1, 0.15, 0.2, 0.3,
                                           0.5,  0.75, 1,   1.5,  2,   5};
const Histogram::BucketBoundaries kPieces{1, 2, 4, 8, 16, 32, 64};
const Histogram::BucketBoundaries kLengths{1, 2, 5, 10, 30, 60, 120, 300, 600};
const Histogram::BucketBoundaries kCounts{0, 1, 2, 5, 10, 50};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;

  prometheus::Family<prometheus::Counter>& Counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Histogram& Distribution(const char* name, const char* help,
                          const Histogram::BucketBoundaries& buckets) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
  }
  prometheus::Gauge& Level(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }

  prometheus::Family<prometheus::Counter>& requests =
      Counters("kani_http_requests_total", "Requests by route and status");
  prometheus::Family<prometheus::Counter>& errors =
      Counters("kani_errors_total", "Errors that clients were told, by kind");
  prometheus::Family<prometheus::Counter>& cancellations =
      Counters("kani_cancellations_total", "Speech that ended before its end, by reason");
  prometheus::Counter& audio_seconds =
      Counters("kani_audio_seconds_total", "Seconds of speech that left").Add({});
  Histogram& first_audio =
      Distribution("kani_first_audio_seconds", "From the request to its first samples", kSeconds);
  Histogram& queue_wait =
      Distribution("kani_queue_wait_seconds", "From the request to its first step", kSeconds);
  Histogram& real_time_factor =
      Distribution("kani_real_time_factor", "Seconds of work for a second of speech", kFactors);
  Histogram& batch_size =
      Distribution("kani_batch_size", "Pieces under way when the first audio of one left", kPieces);
  Histogram& audio_length = Distribution("kani_audio_length_seconds", "Length of speech", kLengths);
  Histogram& underruns = Distribution("kani_playout_underruns",
                                      "Pauses of a listener who plays speech as it comes", kCounts);
  prometheus::Gauge& queue = Level("kani_requests_in_progress", "Speech that is made or waits");
  prometheus::Gauge& pieces = Level("kani_pieces_in_progress", "Pieces of text under way");
  prometheus::Gauge& models = Level("kani_models_loaded", "Models in memory");
  prometheus::Gauge& connections = Level("kani_connections", "Open connections");
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::CountRequest(std::string_view route, int status) {
  impl_->requests.Add({{"route", std::string(route)}, {"status", std::to_string(status)}})
      .Increment();
}

void Metrics::CountError(std::string_view code) {
  impl_->errors.Add({{"kind", std::string(code)}}).Increment();
}

void Metrics::CountCancellation(std::string_view why) {
  impl_->cancellations.Add({{"reason", std::string(why)}}).Increment();
}

void Metrics::Observe(const SpeechMeasures& measures) {
  if (measures.audio_seconds <= 0) return;
  impl_->audio_seconds.Increment(measures.audio_seconds);
  impl_->audio_length.Observe(measures.audio_seconds);
  impl_->first_audio.Observe(measures.first_audio_seconds);
  impl_->queue_wait.Observe(measures.queue_wait_seconds);
  if (measures.real_time_factor > 0) impl_->real_time_factor.Observe(measures.real_time_factor);
  impl_->batch_size.Observe(static_cast<double>(measures.batch_size));
  impl_->underruns.Observe(static_cast<double>(measures.underruns));
}

void Metrics::SetQueue(int64_t requests, int64_t pieces, int64_t loaded_models,
                       int64_t connections) {
  impl_->queue.Set(static_cast<double>(requests));
  impl_->pieces.Set(static_cast<double>(pieces));
  impl_->models.Set(static_cast<double>(loaded_models));
  impl_->connections.Set(static_cast<double>(connections));
}

std::string Metrics::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return std::move(out).str();
}

}  // namespace kani::server
